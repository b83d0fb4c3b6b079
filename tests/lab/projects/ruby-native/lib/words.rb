require 'distance'

module Words
  def self.near(word, path)
    File.readlines(path, chomp: true).map { |it| [distance(word, it), it] }.sort
  end
end
