# Rolls dice: `dice 3d6+2`. The same seed rolls the same.
require "option_parser"

seed = 42_u64
OptionParser.parse do |parser|
  parser.banner = "usage: dice [--seed N] ROLL..."
  parser.on("--seed N", "where chance starts") { |it| seed = it.to_u64 }
  parser.on("-h", "--help", "this text") do
    puts parser
    exit
  end
end

chance = Random::PCG32.new(seed)
ARGV.each do |roll|
  unless match = /^(\d+)d(\d+)([+-]\d+)?$/.match(roll)
    abort "#{roll} is no roll"
  end
  dice = Array.new(match[1].to_i) { chance.rand(1..match[2].to_i) }
  more = match[3]?.try(&.to_i) || 0
  puts "#{roll}: #{dice.join(" ")} = #{dice.sum + more}"
end
