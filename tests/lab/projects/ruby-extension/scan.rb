require "metre"

File.foreach(ARGV.fetch(0), chomp: true) { |line| puts "#{Metre.vowels(line)} #{line}" }
