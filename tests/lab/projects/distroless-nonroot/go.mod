module example.org/ping

go 1.26
