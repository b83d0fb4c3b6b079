module example.org/greet

go 1.26

require example.org/words v1.0.0
