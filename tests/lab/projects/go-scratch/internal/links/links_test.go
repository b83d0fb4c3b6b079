package links

import (
	"net/http/httptest"
	"testing"
)

func TestUnknownNames(t *testing.T) {
	answer := httptest.NewRecorder()
	Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/nobody", nil))
	if answer.Code != 404 {
		t.Fatal(answer.Code)
	}
}
