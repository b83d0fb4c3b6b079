// Squeeze tells how small zlib makes files.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	level, err := strconv.Atoi(os.Getenv("LEVEL"))
	if err != nil {
		level = 6
	}
	status := 0
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
			continue
		}
		fmt.Printf("%s: %d → %d\n", path, len(text), squeezed(text, level))
	}
	os.Exit(status)
}
