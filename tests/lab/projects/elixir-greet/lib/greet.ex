defmodule Greet do
  def hello, do: IO.puts(Application.fetch_env!(:greet, :greeting) <> ", " <> Application.fetch_env!(:greet, :name))
end
