// The Mandelbrot set in characters, its rows computed in parallel.
// Shows: float arithmetic, one goroutine per row, a channel that collects rows in any order.
//
//     gscript examples/mandelbrot.gs [WIDTH [ITERATIONS]]   (default 76 columns, 200 iterations)

const SHADES = " .:-=+*#%@"

func escapeTime(cx, cy, limit) {
    x, y := 0.0, 0.0
    for i := 0; i < limit; i++ {
        xx, yy := x * x, y * y
        if xx + yy > 4.0 {
            return i
        }
        x, y = xx - yy + cx, 2.0 * x * y + cy
    }
    return limit
}

func row(y, width, height, limit) {
    cells := {}
    cy := (y + 0.5) / height * 2.4 - 1.2
    for x := 0; x < width; x++ {
        cx := (x + 0.5) / width * 3.2 - 2.25
        n := escapeTime(cx, cy, limit)
        shade := n == limit && #SHADES || math.min(n >> 1, #SHADES - 2) + 1
        cells[#cells + 1] = SHADES:sub(shade, shade)
    }
    return table.concat(cells)
}

func argument(i, fallback, low, high) {
    n := math.tointeger(tonumber(arg[i] || fallback))
    if !n || n < low || n > high {
        io.stderr:write("usage: mandelbrot.gs [WIDTH [ITERATIONS]]\n")
        os.exit(1)
    }
    return n
}

func main() {
    width, limit := argument(1, 76, 10, 1000), argument(2, 200, 10, 1000000)
    height := math.floor(width * 3 / 8)
    rows := make(chan, height)
    for y := range height {
        go func() { rows <- {y: y, text: row(y, width, height, limit)} }()
    }
    lines := {}
    for range height {
        r := <-rows
        lines[r.y + 1] = r.text
    }
    print(table.concat(lines, "\n"))
}

main()
