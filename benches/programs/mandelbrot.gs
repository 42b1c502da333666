// Counts the points of a grid that belong to the Mandelbrot set.
func mandelbrot(size, limit) {
    inside, steps := 0, 0
    for py := 0; py < size; py++ {
        ci := 2.0 * py / size - 1.0
        for px := 0; px < size; px++ {
            cr := 2.0 * px / size - 1.5
            zr, zi := 0.0, 0.0
            n := 0
            for n < limit {
                r2, i2 := zr * zr, zi * zi
                if r2 + i2 > 4.0 { break }
                zi = 2.0 * zr * zi + ci
                zr = r2 - i2 + cr
                n++
            }
            steps += n
            if n == limit { inside++ }
        }
    }
    return inside, steps
}

var inside, steps = mandelbrot(800, 200)
print(string.format("%d %d", inside, steps))
