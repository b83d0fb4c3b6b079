defmodule Pictures do
  use Application

  def start(_, _), do: Task.start_link(&serve/0)

  defp serve do
    {:ok, socket} = :gen_tcp.listen(4000, [:binary, packet: :line, active: false, reuseaddr: true])
    accept(socket)
  end

  defp accept(socket) do
    {:ok, client} = :gen_tcp.accept(socket)
    headers(client)
    body = draw()
    :gen_tcp.send(client, "HTTP/1.1 200 OK\r\nContent-Length: #{byte_size(body)}\r\nConnection: close\r\n\r\n#{body}")
    :gen_tcp.close(client)
    accept(socket)
  end

  defp headers(client) do
    case :gen_tcp.recv(client, 0) do
      {:ok, "\r\n"} -> :ok
      {:ok, _} -> headers(client)
      _ -> :ok
    end
  end

  defp draw do
    file = Application.app_dir(:pictures, "priv/house.dot")
    {text, 0} = System.cmd("dot", ["-Tplain", file])
    "#{length(String.split(text, "\n"))} lines\n"
  end
end
