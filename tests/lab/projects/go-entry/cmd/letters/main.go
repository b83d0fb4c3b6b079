package main

import (
	"log"
	"net/http"
	"text/template"
)

func main() {
	letter := template.Must(template.ParseFiles("/tmp/letters.tmpl"))
	http.HandleFunc("/to/{name}", func(w http.ResponseWriter, r *http.Request) {
		if err := letter.Execute(w, r.PathValue("name")); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(":9000", nil))
}
