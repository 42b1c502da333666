// Creates many small objects of a class, some of which stay alive for a while.
const Point = {}
Point.__index = Point

func Point.new(x, y) {
    return setmetatable({x: x, y: y}, Point)
}

func Point:add(other) {
    return Point.new(self.x + other.x, self.y + other.y)
}

func run(n) {
    recent := {}
    total := Point.new(0, 0)
    unit := Point.new(1, 2)
    for i := 1; i <= n; i++ {
        p := Point.new(i % 10, i % 7)
        total = total:add(p)
        total = total:add(unit)
        recent[i % 1000 + 1] = p
    }
    kept := 0
    for i := 1; i <= #recent; i++ {
        kept += recent[i].x
    }
    return total, kept
}

var total, kept = run(2000000)
print(string.format("%d %d %d", total.x, total.y, kept))
