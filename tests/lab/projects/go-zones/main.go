// Zones prints a moment in the zones of a list.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	at := flag.String("at", "", "the moment, in RFC 3339")
	list := flag.String("list", "zones.conf", "the zones, one a line")
	flag.Parse()

	moment, err := time.Parse(time.RFC3339, *at)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	file, err := os.Open(*list)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		// Nothing in this program has the zones: they are looked up in the system, and then in Go's own folder.
		zone, err := time.LoadLocation(lines.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("%-20s %s\n", zone, moment.In(zone).Format("Mon 15:04 MST"))
	}
}
