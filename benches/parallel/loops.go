// Six goroutines that compute, with nothing in common: points of the Mandelbrot set, row by row.
package main

import "fmt"

func inside(x, y float64) int {
	a, b := 0.0, 0.0
	for i := 0; i < 200; i++ {
		a2, b2 := a*a, b*b
		if a2+b2 > 4 {
			return 0
		}
		b = 2*a*b + y
		a = a2 - b2 + x
	}
	return 1
}

func main() {
	size, workers := 900, 6
	results := make(chan int)
	for w := 0; w < workers; w++ {
		go func(w int) {
			count := 0
			for r := w; r < size; r += workers {
				for c := 0; c < size; c++ {
					count += inside(float64(c)*3/float64(size)-2, float64(r)*2/float64(size)-1)
				}
			}
			results <- count
		}(w)
	}
	total := 0
	for w := 0; w < workers; w++ {
		total += <-results
	}
	fmt.Println(total)
}
