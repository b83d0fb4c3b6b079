package main

import (
	"os"

	"example.org/words"
)

func main() {
	for _, name := range os.Args[1:] {
		_, _ = os.Stdout.WriteString(words.Greeting + ", " + name + "!\n")
	}
}
