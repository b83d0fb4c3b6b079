defmodule Pictures.MixProject do
  use Mix.Project

  def project do
    [app: :pictures, version: "1.0.0", elixir: "~> 1.14", deps: []]
  end

  def application do
    [mod: {Pictures, []}]
  end
end
