// Twelve goroutines that search trees: positions of the queens' puzzle, a first row each, with tables of what is attacked.
package main

import "fmt"

func place(row, size int, columns, rising, falling []bool) int {
	if row == size {
		return 1
	}
	found := 0
	for c := 0; c < size; c++ {
		if !columns[c] && !rising[row+c] && !falling[row-c+size] {
			columns[c], rising[row+c], falling[row-c+size] = true, true, true
			found += place(row+1, size, columns, rising, falling)
			columns[c], rising[row+c], falling[row-c+size] = false, false, false
		}
	}
	return found
}

func main() {
	size := 12
	results := make(chan int)
	for first := 0; first < size; first++ {
		go func(c int) {
			columns, rising, falling := make([]bool, size), make([]bool, 2*size), make([]bool, 2*size+1)
			columns[c], rising[c], falling[size-c] = true, true, true
			results <- place(1, size, columns, rising, falling)
		}(first)
	}
	total := 0
	for first := 0; first < size; first++ {
		total += <-results
	}
	fmt.Println(total)
}
