package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
)

// A quote for each line that somebody sends; speaks just enough HTTP to be asked by a browser.
func main() {
	text, err := os.ReadFile("quotes.json")
	if err != nil {
		panic(err)
	}
	quotes := map[string]string{}
	if err := json.Unmarshal(text, &quotes); err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", ":8000")
	if err != nil {
		panic(err)
	}
	for {
		peer, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer peer.Close()
			line, _ := bufio.NewReader(peer).ReadString('\n')
			words := strings.Fields(line)
			said, known := "", false
			if len(words) > 1 {
				said, known = quotes[strings.Trim(words[1], "/")]
			}
			status := "200 OK"
			if !known {
				status, said = "404 Not Found", "nobody said that"
			}
			fmt.Fprintf(peer, "HTTP/1.0 %s\r\nContent-Length: %d\r\n\r\n%s\n", status, len(said)+1, said)
		}()
	}
}
