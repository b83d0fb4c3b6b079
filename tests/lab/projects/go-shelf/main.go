// shelf lists the books of a database.
package main

/*
#cgo LDFLAGS: -lsqlite3
#include <sqlite3.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

func main() {
	path, query := C.CString(os.Args[1]), C.CString("SELECT title FROM books ORDER BY pages")
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(query))
	var db *C.sqlite3
	var row *C.sqlite3_stmt
	if C.sqlite3_open_v2(path, &db, C.SQLITE_OPEN_READONLY, nil) != C.SQLITE_OK ||
		C.sqlite3_prepare_v2(db, query, -1, &row, nil) != C.SQLITE_OK {
		fmt.Fprintln(os.Stderr, C.GoString(C.sqlite3_errmsg(db)))
		os.Exit(1)
	}
	for C.sqlite3_step(row) == C.SQLITE_ROW {
		fmt.Println(C.GoString((*C.char)(unsafe.Pointer(C.sqlite3_column_text(row, 0)))))
	}
}
