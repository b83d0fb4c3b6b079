module example.org/graph

go 1.26
