// Method calls at a site that sees one class.
const Square = {}
Square.__index = Square

func Square.new(side) {
    return setmetatable({side: side}, Square)
}

func Square:area() {
    return self.side * self.side
}

func Square:grow(d) {
    self.side += d
}

const shapes = {}
for i := 1; i <= 96; i++ {
    shapes[i] = Square.new(i % 9 + 4)
}

var total = 0
for round := 1; round <= 150000; round++ {
    step := round % 2 * 2 - 1
    for i := 1; i <= #shapes; i++ {
        s := shapes[i]
        total += s:area()
        s:grow(step)
    }
}
print(string.format("%.1f", total))
