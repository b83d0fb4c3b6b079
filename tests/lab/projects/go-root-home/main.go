package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

type question struct {
	ID      string         `json:"id"`
	Text    string         `json:"text"`
	Answers []string       `json:"answers"`
	Votes   map[string]int `json:"votes"`
}

func main() {
	// Beside the program: it is started in its own folder.
	text, err := os.ReadFile("questions.json")
	if err != nil {
		log.Fatal(err)
	}
	var list []*question
	if err := json.Unmarshal(text, &list); err != nil {
		log.Fatal(err)
	}
	var lock sync.Mutex
	byID := map[string]*question{}
	for _, it := range list {
		it.Votes = map[string]int{}
		byID[it.ID] = it
	}
	http.HandleFunc("/questions/{id}", func(w http.ResponseWriter, r *http.Request) {
		it, ok := byID[r.PathValue("id")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		lock.Lock()
		defer lock.Unlock()
		if r.Method == http.MethodPost {
			it.Votes[r.FormValue("answer")]++
		}
		_ = json.NewEncoder(w).Encode(it)
	})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { <-stop; os.Exit(0) }()
	log.Fatal(http.ListenAndServe(":8080", nil))
}
