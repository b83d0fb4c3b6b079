require "ecr"
require "http/server"
require "json"
require "./gallery/*"

pictures = Array(Gallery::Picture).from_json(File.read("config/pictures.json"))
port = ENV["PORT"]?.try(&.to_i) || 8080

server = HTTP::Server.new([
  HTTP::ErrorHandler.new,
  Gallery::Index.new(pictures),
  HTTP::StaticFileHandler.new("public", directory_listing: false),
])
address = server.bind_tcp "0.0.0.0", port
puts "#{pictures.size} pictures at http://#{address}"
STDOUT.flush
Signal::TERM.trap { server.close }
server.listen
