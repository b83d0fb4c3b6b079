require "socket"
require "graph"

server = TCPServer.new("0.0.0.0", Integer(ENV.fetch("PORT")))
File.write("tmp/server.pid", Process.pid)
trap("TERM") { exit }
loop do
  client = server.accept
  path = client.gets.to_s.split[1]
  nil while (line = client.gets) && line != "\r\n"
  body = path == "/health" ? "fine" : Graph.draw("a -> b; b -> c")
  client.write "HTTP/1.1 200 OK\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n#{body}"
  client.close
end
