package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	text, err := os.ReadFile("/etc/prices/currencies.json")
	if err != nil {
		log.Fatal(err)
	}
	var rates map[string]float64
	if err := json.Unmarshal(text, &rates); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/{currency}", func(w http.ResponseWriter, r *http.Request) {
		rate, ok := rates[r.PathValue("currency")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "%.2f\n", 10*rate)
	})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { <-stop; os.Exit(0) }()
	log.Fatal(http.ListenAndServe(":8080", nil))
}
