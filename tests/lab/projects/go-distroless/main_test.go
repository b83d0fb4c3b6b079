package main

import "testing"

func TestZonesOfTheList(t *testing.T) {
	known, err := zones("zones.txt")
	if err != nil || len(known) != 3 {
		t.Fatal(known, err)
	}
}
