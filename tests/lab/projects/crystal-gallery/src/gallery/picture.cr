module Gallery
  struct Picture
    include JSON::Serializable

    getter file : String
    getter title : String
  end
end
