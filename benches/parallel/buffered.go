// A producer and a consumer with a queue between them.
package main

import "fmt"

func main() {
	n := 3000000
	a := make(chan int, 1024)
	go func() {
		for i := 0; i < n; i++ {
			a <- i
		}
		close(a)
	}()
	s := 0
	for x := range a {
		s += x
	}
	fmt.Println(s)
}
