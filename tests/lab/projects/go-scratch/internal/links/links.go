// Package links keeps short names for long addresses.
package links

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"sync"
)

//go:embed index.html
var index []byte

// Handler serves a fresh set of links.
func Handler() http.Handler {
	var mutex sync.Mutex
	known := map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(index) })
	mux.HandleFunc("PUT /{name}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 2000))
		mutex.Lock()
		defer mutex.Unlock()
		known[r.PathValue("name")] = string(body)
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		if to, ok := known[r.PathValue("name")]; ok {
			fmt.Fprintf(w, "to %s\n", to)
			return
		}
		http.NotFound(w, r)
	})
	return mux
}
