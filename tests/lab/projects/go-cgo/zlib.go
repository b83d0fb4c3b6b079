package main

// #cgo LDFLAGS: -lz
// #include <zlib.h>
import "C"

import "unsafe"

// squeezed tells how many bytes zlib makes of text.
func squeezed(text []byte, level int) int {
	if len(text) == 0 {
		return 0
	}
	size := C.compressBound(C.uLong(len(text)))
	out := make([]byte, int(size))
	C.compress2((*C.Bytef)(unsafe.Pointer(&out[0])), &size,
		(*C.Bytef)(unsafe.Pointer(&text[0])), C.uLong(len(text)), C.int(level))
	return int(size)
}
