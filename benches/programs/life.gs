// Conway's game of life on a torus.
func new_grid(w, h) {
    g := {}
    for y := 1; y <= h; y++ {
        row := {}
        for x := 1; x <= w; x++ {
            row[x] = 0
        }
        g[y] = row
    }
    return g
}

func step(src, dst, w, h) {
    alive := 0
    for y := 1; y <= h; y++ {
        above, here, below := src[y > 1 && y - 1 || h], src[y], src[y < h && y + 1 || 1]
        out := dst[y]
        for x := 1; x <= w; x++ {
            l := x > 1 && x - 1 || w
            r := x < w && x + 1 || 1
            n := above[l] + above[x] + above[r] + here[l] + here[r] + below[l] + below[x] + below[r]
            if n == 3 || (n == 2 && here[x] == 1) {
                out[x] = 1
                alive++
            } else {
                out[x] = 0
            }
        }
    }
    return alive
}

const w, h = 160, 120
var a, b = new_grid(w, h), new_grid(w, h)
var seed = 4711
for y := 1; y <= h; y++ {
    for x := 1; x <= w; x++ {
        seed = (seed * 3877 + 29573) % 139968
        if seed > 90000 { a[y][x] = 1 }
    }
}
var alive, sum = 0, 0
for i := 1; i <= 900; i++ {
    alive = step(a, b, w, h)
    sum += alive
    a, b = b, a
}
print(string.format("%d %d", alive, sum))
