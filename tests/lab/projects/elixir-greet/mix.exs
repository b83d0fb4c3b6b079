defmodule Greet.MixProject do
  use Mix.Project

  def project, do: [app: :greet, version: "0.2.0", deps: []]
  def application, do: [extra_applications: [:logger]]
end
