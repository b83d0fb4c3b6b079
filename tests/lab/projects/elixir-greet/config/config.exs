import Config

config :greet, greeting: "Grüß dich"
