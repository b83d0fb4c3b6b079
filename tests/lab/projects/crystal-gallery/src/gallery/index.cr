module Gallery
  class Index
    include HTTP::Handler

    def initialize(@pictures : Array(Picture))
    end

    def call(context)
      return call_next(context) unless context.request.path == "/"
      context.response.content_type = "text/html"
      ECR.embed "#{__DIR__}/index.ecr", context.response
    end
  end
end
