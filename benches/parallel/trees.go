// Six goroutines that allocate: each builds binary trees and counts their nodes.
package main

import "fmt"

type node struct{ left, right *node }

func build(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{build(depth - 1), build(depth - 1)}
}

func (t *node) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	workers, rounds, depth := 6, 80, 13
	results := make(chan int)
	for w := 0; w < workers; w++ {
		go func() {
			nodes := 0
			for i := 0; i < rounds; i++ {
				nodes += build(depth).count()
			}
			results <- nodes
		}()
	}
	total := 0
	for w := 0; w < workers; w++ {
		total += <-results
	}
	fmt.Println(total)
}
