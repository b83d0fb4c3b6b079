defmodule Tally.Server do
  @moduledoc "Answers with the number of words in a text, and its hash."

  def listen do
    port = String.to_integer(System.get_env("PORT", "4000"))
    {:ok, socket} = :gen_tcp.listen(port, [:binary, packet: :http_bin, active: false, reuseaddr: true])
    accept(socket)
  end

  defp accept(socket) do
    {:ok, client} = :gen_tcp.accept(socket)
    {:ok, {:http_request, _, {:abs_path, path}, _}} = :gen_tcp.recv(client, 0)
    skip(client)
    body = answer(path)
    :gen_tcp.send(client, "HTTP/1.1 200 OK\r\ncontent-length: #{byte_size(body)}\r\nconnection: close\r\n\r\n#{body}")
    :gen_tcp.close(client)
    accept(socket)
  end

  defp skip(client) do
    case :gen_tcp.recv(client, 0) do
      {:ok, :http_eoh} -> :ok
      {:ok, _} -> skip(client)
    end
  end

  defp answer("/hash"), do: text() |> then(&:crypto.hash(:sha256, &1)) |> Base.encode16()
  defp answer(_), do: text() |> String.split() |> length() |> Integer.to_string()

  defp text, do: File.read!(Application.app_dir(:tally, "priv/text.txt"))
end
