# frozen_string_literal: true

require "erb"
require "socket"
require "yaml"

ROOT = File.expand_path("..", __dir__)
MONTHS = YAML.load_file(File.join(ROOT, "config", "months.yml"))
PAGE = ERB.new(File.read(File.join(ROOT, "views", "month.erb")))

def answer(name)
  month = MONTHS[name]
  return ["404 Not Found", "no such month\n"] unless month

  ["200 OK", PAGE.result_with_hash(name: name, month: month)]
end

trap("TERM") { exit }
server = TCPServer.new("0.0.0.0", 9393)
loop do
  client = server.accept
  path = client.gets.to_s.split[1].to_s.delete_prefix("/")
  loop { break if client.gets.to_s.strip.empty? }
  status, body = answer(path)
  client.write "HTTP/1.1 #{status}\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n#{body}"
  client.close
end
