require "socket"

module TinyServer
  # Calls the block with the path of each request; it gives the status and the body.
  def self.run(port)
    server = TCPServer.new("0.0.0.0", port)
    trap("TERM") { exit }
    loop do
      client = server.accept
      path = client.gets.to_s.split[1] || "/"
      nil while (line = client.gets) && line != "\r\n"
      status, body = yield path
      client.write "HTTP/1.1 #{status}\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n#{body}"
      client.close
    end
  end
end
