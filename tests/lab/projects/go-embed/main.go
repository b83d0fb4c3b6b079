// Moon tells the phase of the moon. Its pages are part of the program.
package main

import (
	"embed"
	"fmt"
	"io/fs"
	"log"
	"math"
	"net/http"
	"time"
)

//go:embed web
var web embed.FS

//go:embed phases.txt
var phases string

var newMoon = time.Date(2000, 1, 6, 18, 14, 0, 0, time.UTC)

func age(t time.Time) float64 {
	const month = 29.530588853
	days := t.Sub(newMoon).Hours() / 24
	return math.Mod(math.Mod(days, month)+month, month)
}

func main() {
	pages, err := fs.Sub(web, "web")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/", http.FileServerFS(pages))
	http.HandleFunc("/phase", func(w http.ResponseWriter, r *http.Request) {
		day, err := time.Parse("2006-01-02", r.URL.Query().Get("day"))
		if err != nil {
			http.Error(w, "day=YYYY-MM-DD, please", http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%.1f days old\n", age(day))
	})
	http.HandleFunc("/names", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, phases)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
