# frozen_string_literal: true

require 'erb'
require 'fileutils'
require 'webrick'

FileUtils.mkdir_p('tmp/cache')
TEMPLATE = ERB.new(File.read('views/word.erb'))

server = WEBrick::HTTPServer.new(Port: 4567, AccessLog: [])

server.mount_proc '/' do |request, response|
  word = request.path.delete_prefix('/')
  cached = File.join('tmp/cache', File.basename("#{word}.html"))
  File.write(cached, TEMPLATE.result_with_hash(word: word.reverse)) unless File.exist?(cached)
  response.body = File.read(cached)
end

trap('TERM') { server.shutdown }
server.start
