// graph draws how the parts of a house are connected.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os/exec"
	"strings"
)

const rooms = "graph { hall -- kitchen; hall -- stairs; stairs -- attic }"

func draw(w http.ResponseWriter, r *http.Request) {
	dot := exec.Command("dot", "-Tplain")
	dot.Stdin = strings.NewReader(rooms)
	out, err := dot.Output()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	lines := strings.Split(string(out), "\n")
	fmt.Fprintf(w, "%d lines, the first is of a %s\n", len(lines), strings.Fields(lines[0])[0])
}

func main() {
	http.HandleFunc("/", draw)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
