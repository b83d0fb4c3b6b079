require "mkmf"

create_makefile("metre")
