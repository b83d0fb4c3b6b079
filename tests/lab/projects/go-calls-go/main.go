// Formats the Go code that it is sent.
package main

import (
	"io"
	"log"
	"net/http"
	"os/exec"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		command := exec.Command("gofmt")
		command.Stdin = r.Body
		out, err := command.Output()
		if err != nil {
			http.Error(w, "this is not Go", http.StatusBadRequest)
			return
		}
		w.Write(out)
	})
	http.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "POST some Go\n")
	})
	log.Fatal(http.ListenAndServe(":8410", nil))
}
