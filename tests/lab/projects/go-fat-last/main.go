// Converts amounts of money by a table of rates.
package main

import (
	"encoding/csv"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func read(path string) (map[string]float64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	rates := map[string]float64{}
	for _, row := range rows {
		if rates[row[0]], err = strconv.ParseFloat(row[1], 64); err != nil {
			return nil, err
		}
	}
	return rates, nil
}

func main() {
	rates, err := read("rates.csv")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/{currency}/{amount}", func(w http.ResponseWriter, r *http.Request) {
		rate, known := rates[r.PathValue("currency")]
		amount, err := strconv.ParseFloat(r.PathValue("amount"), 64)
		if !known || err != nil {
			http.Error(w, "not known", http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, "%.2f EUR\n", amount/rate)
	})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()
	log.Fatal(http.ListenAndServe(":8400", nil))
}
