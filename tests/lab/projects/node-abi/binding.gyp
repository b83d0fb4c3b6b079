{
  "targets": [{
    "target_name": "adler",
    "sources": ["src/adler.cc"],
    "include_dirs": ["<!(node -e \"require('nan')\")"]
  }]
}
