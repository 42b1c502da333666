// A random maze and the shortest way through it.
// Shows: depth-first carving with an explicit stack, breadth-first search with a queue, drawing into a grid.
//
//     gscript examples/maze.gs [WIDTH [HEIGHT [SEED]]]  (default 24 x 10 cells, seed 7)

// A cell's number is (row - 1) * width + column. Its value is the set of open sides, as bits.
const NORTH, EAST, SOUTH, WEST = 1, 2, 4, 8
const OPPOSITE = {[NORTH]: SOUTH, [EAST]: WEST, [SOUTH]: NORTH, [WEST]: EAST}
const SIDES = {NORTH, EAST, SOUTH, WEST}

// Its own generator keeps mazes the same from one version of the library to the next.
func randomSource(seed) {
    return func(n) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        return (seed >> 8) % n + 1
    }
}

// Number of the cell beyond a side, nil outside the maze.
func neighbour(maze, cell, side) {
    column := (cell - 1) % maze.width
    switch {
    case side == NORTH && cell > maze.width:           return cell - maze.width
    case side == SOUTH && cell <= #maze - maze.width:  return cell + maze.width
    case side == EAST && column < maze.width - 1:      return cell + 1
    case side == WEST && column > 0:                   return cell - 1
    }
    return nil
}

func carve(width, height, seed) {
    maze := {width: width, height: height}
    for cell := 1; cell <= width * height; cell++ {
        maze[cell] = 0
    }
    random := randomSource(seed)
    stack := {1}
    for #stack > 0 {
        cell := stack[#stack]
        choices := table.filter(SIDES, func(side) {
            other := neighbour(maze, cell, side)
            return other && maze[other] == 0
        })
        if #choices == 0 {
            stack[#stack] = nil
        } else {
            side := choices[random(#choices)]
            other := neighbour(maze, cell, side)
            maze[cell] |= side
            maze[other] |= OPPOSITE[side]
            stack[#stack + 1] = other
        }
    }
    return maze
}

// Set of the cells on the shortest way from the first to the last cell, and its length.
func solve(maze) {
    cameFrom := {[1]: 1}
    queue, head := {1}, 1
    for head <= #queue {
        cell := queue[head]
        head++
        if cell == #maze { break }
        for _, side := range ipairs(SIDES) {
            other := neighbour(maze, cell, side)
            if maze[cell] & side != 0 && !cameFrom[other] {
                cameFrom[other] = cell
                queue[#queue + 1] = other
            }
        }
    }
    onPath, length, cell := {[1]: true}, 1, #maze
    for cell != 1 {
        onPath[cell] = true
        length++
        cell = cameFrom[cell]
    }
    return onPath, length
}

func draw(maze, onPath) {
    print("+" .. string.rep("---+", maze.width))
    for row := 0; row < maze.height; row++ {
        middle, bottom := {"|"}, {"+"}
        for column := 1; column <= maze.width; column++ {
            cell := row * maze.width + column
            middle[#middle + 1] = onPath[cell] && " * " || "   "
            middle[#middle + 1] = maze[cell] & EAST != 0 && " " || "|"
            bottom[#bottom + 1] = maze[cell] & SOUTH != 0 && "   +" || "---+"
        }
        print(table.concat(middle))
        print(table.concat(bottom))
    }
}

func argument(i, fallback, low, high) {
    n := math.tointeger(tonumber(arg[i] || fallback))
    if !n || n < low || n > high {
        io.stderr:write("usage: maze.gs [WIDTH [HEIGHT [SEED]]]\n")
        os.exit(1)
    }
    return n
}

func main() {
    width, height := argument(1, 24, 2, 200), argument(2, 10, 2, 1000)
    maze := carve(width, height, argument(3, 7, 0, 2147483647))
    onPath, length := solve(maze)
    draw(maze, onPath)
    print("shortest way: " .. length .. " of " .. #maze .. " cells")
}

main()
