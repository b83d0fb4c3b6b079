require "open3"

# Draws with a program of the distribution.
module Graph
  def self.draw(edges)
    out, status = Open3.capture2("dot", "-Tplain", stdin_data: "digraph { #{edges} }")
    status.success? ? out : "no drawing"
  end
end
