package main

import (
	"bufio"
	"encoding/csv"
	"html/template"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

type dish struct{ Name, Price string }

func dishes() ([]dish, error) {
	file, err := os.Open("data/dishes.csv")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(bufio.NewReader(file)).ReadAll()
	var found []dish
	for _, row := range rows {
		found = append(found, dish{row[0], row[1]})
	}
	return found, err
}

func main() {
	// Parsed for each request, so that they can be changed while it runs.
	page := func(w http.ResponseWriter, name string, data any) {
		all, err := template.ParseGlob(filepath.Join("templates", "*.tmpl"))
		if err == nil {
			err = all.ExecuteTemplate(w, name, data)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
	http.Handle("GET /static/", http.StripPrefix("/static/", http.FileServer(http.Dir("./static"))))
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		all, err := dishes()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		page(w, "menu.tmpl", all)
	})
	http.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		file, err := os.OpenFile("orders/today.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer file.Close()
		file.WriteString(r.FormValue("dish") + "\n")
		w.WriteHeader(http.StatusCreated)
		page(w, "thanks.tmpl", r.FormValue("dish"))
	})
	log.Fatal(http.ListenAndServe(os.Getenv("MENU_ADDR"), nil))
}
