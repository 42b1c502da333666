// Conway's game of life on a torus.
// Shows: tables as grids, the escape sequences of a terminal, time.sleep.
//
//     gscript examples/life.gs                          first and last generation, population between
//     gscript examples/life.gs --animate                every generation, ten a second
//     gscript examples/life.gs --pattern gun --generations 120 --width 60 --height 24
//
// Patterns: glider, rpentomino (default), acorn, gun, spaceship.

const PATTERNS = {
    glider: {".#.", "..#", "###"},
    rpentomino: {".##", "##.", ".#."},
    acorn: {".#.....", "...#...", "##..###"},
    spaceship: {".#..#", "#....", "#...#", "####."},
    gun: {
        "........................#...........",
        "......................#.#...........",
        "............##......##............##",
        "...........#...#....##............##",
        "##........#.....#...##..............",
        "##........#...#.##....#.#...........",
        "..........#.....#.......#...........",
        "...........#...#....................",
        "............##......................",
    },
}

func fail(message) {
    io.stderr:write("life: ", message, "\n")
    os.exit(1)
}

// A grid is a list of cells, 1 or 0, row by row.
func newGrid(width, height, pattern) {
    grid := {width: width, height: height}
    for i := 1; i <= width * height; i++ {
        grid[i] = 0
    }
    if #pattern > height || #pattern[1] > width {
        fail("the pattern needs at least " .. #pattern[1] .. " x " .. #pattern .. " cells")
    }
    top, left := (height - #pattern) >> 1, (width - #pattern[1]) >> 1
    for row, text := range ipairs(pattern) {
        for column := 1; column <= #text; column++ {
            if text:sub(column, column) == "#" {
                grid[(top + row - 1) * width + left + column] = 1
            }
        }
    }
    return grid
}

func step(grid) {
    width, height := grid.width, grid.height
    result := {width: width, height: height}
    for y := 0; y < height; y++ {
        above := (y + height - 1) % height * width
        here := y * width
        below := (y + 1) % height * width
        for x := 1; x <= width; x++ {
            left := x > 1 && x - 1 || width
            right := x < width && x + 1 || 1
            neighbours := grid[above + left] + grid[above + x] + grid[above + right] +
                grid[here + left] + grid[here + right] +
                grid[below + left] + grid[below + x] + grid[below + right]
            alive := neighbours == 3 || neighbours == 2 && grid[here + x] == 1
            result[here + x] = alive && 1 || 0
        }
    }
    return result
}

func population(grid) {
    return table.reduce(grid, func(sum, cell) { return sum + cell }, 0)
}

func draw(grid) {
    lines := {}
    for y := 0; y < grid.height; y++ {
        cells := {}
        for x := 1; x <= grid.width; x++ {
            cells[x] = grid[y * grid.width + x] == 1 && "#" || "."
        }
        lines[#lines + 1] = table.concat(cells)
    }
    return table.concat(lines, "\n")
}

func main() {
    options := {generations: 100, width: 40, height: 20}
    name, animate, i := "rpentomino", false, 1
    for i <= #arg {
        switch option := arg[i]:match("^%-%-(%w+)$"); option {
        case "animate":
            animate = true
        case "pattern":
            i++
            name = arg[i]
        case "generations", "width", "height":
            i++
            n := math.tointeger(tonumber(arg[i] || ""))
            if !n || n < 0 || n > 10000 || (option != "generations" && n < 3) {
                fail("--" .. option .. " needs a sensible number")
            }
            options[option] = n
        default:
            fail("unknown argument " .. arg[i])
        }
        i++
    }
    pattern := PATTERNS[name || ""]
    if !pattern {
        fail("unknown pattern; there are " .. table.concat(table.keys(PATTERNS), ", "))
    }

    grid := newGrid(options.width, options.height, pattern)
    counts := {}
    for generation := 0; generation <= options.generations; generation++ {
        if animate {
            io.write("\x1b[H\x1b[2J", draw(grid), "\ngeneration ", generation, "\n")
            io.stdout:flush()
            time.sleep(0.1)
        } elseif generation == 0 || generation == options.generations {
            print("generation " .. generation .. ", population " .. population(grid))
            print(draw(grid))
        } elseif generation % 10 == 0 {
            counts[#counts + 1] = population(grid)
        }
        if !animate && generation == options.generations - 1 && #counts > 0 {
            print("population every tenth generation: " .. table.concat(counts, " "))
        }
        grid = step(grid)
    }
}

main()
