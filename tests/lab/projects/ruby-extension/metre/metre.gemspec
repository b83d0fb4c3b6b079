Gem::Specification.new do |spec|
  spec.name = "metre"
  spec.version = "0.2.0"
  spec.summary = "Counts vowels"
  spec.authors = ["The team"]
  spec.files = ["ext/metre.c", "ext/extconf.rb"]
  spec.extensions = ["ext/extconf.rb"]
  spec.license = "MIT"
  spec.homepage = "https://example.org"
end
