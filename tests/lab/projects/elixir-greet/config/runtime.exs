import Config

config :greet, name: System.get_env("GREETED", "nobody")
