// Method calls at a site that sees three classes.
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

const Circle = {}
Circle.__index = Circle

func Circle.new(radius) {
    return setmetatable({radius: radius}, Circle)
}

func Circle:area() {
    return 3 * self.radius * self.radius
}

func Circle:grow(d) {
    self.radius += d
}

const Rect = {}
Rect.__index = Rect

func Rect.new(w, h) {
    return setmetatable({w: w, h: h}, Rect)
}

func Rect:area() {
    return self.w * self.h
}

func Rect:grow(d) {
    self.w += d
}

const shapes = {}
for i := 1; i <= 96; i++ {
    if i % 3 == 0 {
        shapes[i] = Square.new(i % 9 + 4)
    } elseif i % 3 == 1 {
        shapes[i] = Circle.new(i % 9 + 4)
    } elseif i % 3 == 2 {
        shapes[i] = Rect.new(i % 9 + 4, i % 3 + 1)
    }
}

var total = 0
for round := 1; round <= 140000; round++ {
    step := round % 2 * 2 - 1
    for i := 1; i <= #shapes; i++ {
        s := shapes[i]
        total += s:area()
        s:grow(step)
    }
}
print(string.format("%.1f", total))
