module example.org/tidy

go 1.25
