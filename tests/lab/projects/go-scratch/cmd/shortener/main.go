package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.org/shortener/internal/links"
)

func main() {
	addr := flag.String("addr", ":8080", "where to listen")
	flag.Parse()

	server := &http.Server{Addr: *addr, Handler: links.Handler()}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	go func() {
		<-stop.Done()
		within, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		_ = server.Shutdown(within)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
