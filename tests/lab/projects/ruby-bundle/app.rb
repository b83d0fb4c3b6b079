require "erb"
require "tiny_server"

$stdout.sync = true
page = ERB.new(File.read("views/index.erb"))
rivers = File.readlines("rivers.txt", chomp: true)

TinyServer.run(4567) do |path|
  case path
  when "/" then ["200 OK", page.result_with_hash(rivers:)]
  when "/count" then ["200 OK", rivers.size.to_s]
  else ["404 Not Found", "not here"]
  end
end
