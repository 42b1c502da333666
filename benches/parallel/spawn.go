// Empty goroutines: started, run, ended.
package main

import (
	"fmt"
	"sync"
)

func main() {
	n := 1000000
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() { wg.Done() }()
	}
	wg.Wait()
	fmt.Println(n)
}
