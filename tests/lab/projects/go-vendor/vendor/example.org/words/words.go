// Package words knows how to greet.
package words

// Greeting is for anybody.
const Greeting = "Hello"
