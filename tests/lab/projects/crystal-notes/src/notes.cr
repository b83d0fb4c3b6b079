require "digest/sha256"
require "http/server"
require "yaml"

notes = Hash(String, String).from_yaml(File.read("notes.yml"))
page = File.read("templates/note.html")

server = HTTP::Server.new do |context|
  name = context.request.path.lchop('/')
  if text = notes[name]?
    context.response.content_type = "text/html"
    context.response.print page.sub("TITLE", name).sub("TEXT", text)
  elsif name.empty?
    context.response.content_type = "text/plain"
    notes.each { |key, value| context.response.puts "#{key} #{Digest::SHA256.hexdigest(value)[0, 8]}" }
  else
    context.response.respond_with_status(:not_found)
  end
end

puts "#{notes.size} notes"
server.bind_tcp "0.0.0.0", ENV.fetch("PORT", "8320").to_i
Process.on_terminate { server.close }
server.listen
