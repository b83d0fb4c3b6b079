require "compress/gzip"
require "xml"

# Prints what is new in a feed, which may be compressed.
def text_of(path : String) : String
  File.open(path) do |file|
    return Compress::Gzip::Reader.open(file, &.gets_to_end) if path.ends_with?(".gz")
    file.gets_to_end
  end
end

path = ARGV[0]? || "/feeds/news.xml"
document = XML.parse(text_of(path))
document.xpath_nodes("//item").each_with_index(1) do |item, number|
  title = item.xpath_string("string(title)")
  day = Time.parse_utc(item.xpath_string("string(pubDate)"), "%Y-%m-%d")
  puts "#{number}. #{title} (#{day.to_s("%A")})"
end
