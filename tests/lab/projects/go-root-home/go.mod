module github.com/acme/votes

go 1.26
