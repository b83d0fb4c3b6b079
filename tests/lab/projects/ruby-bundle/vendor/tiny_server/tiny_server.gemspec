Gem::Specification.new do |spec|
  spec.name = "tiny_server"
  spec.version = "0.1.0"
  spec.summary = "Answers GET requests"
  spec.authors = ["The team"]
  spec.files = ["lib/tiny_server.rb"]
end
