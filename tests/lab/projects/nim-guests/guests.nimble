# Package

version       = "0.1.0"
author        = "Ada Example"
description   = "A book for guests"
license       = "MIT"
srcDir        = "src"
bin           = @["guests"]

# Dependencies

requires "nim >= 1.6.0"
