// Two goroutines on one worker that send each other a number over channels without a queue.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(1)
	n := 1000000
	a, b := make(chan int), make(chan int)
	go func() {
		for x := range a {
			b <- x + 1
		}
		close(b)
	}()
	s := 0
	for i := 0; i < n; i++ {
		a <- i
		s += <-b
	}
	fmt.Println(s)
}
