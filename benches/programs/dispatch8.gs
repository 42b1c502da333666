// Method calls at a site that sees eight classes.
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

const Triangle = {}
Triangle.__index = Triangle

func Triangle.new(base, height) {
    return setmetatable({base: base, height: height}, Triangle)
}

func Triangle:area() {
    return self.base * self.height / 2
}

func Triangle:grow(d) {
    self.base += d
}

const Ring = {}
Ring.__index = Ring

func Ring.new(outer, inner) {
    return setmetatable({outer: outer, inner: inner}, Ring)
}

func Ring:area() {
    return 3 * (self.outer * self.outer - self.inner * self.inner)
}

func Ring:grow(d) {
    self.outer += d
}

const Cross = {}
Cross.__index = Cross

func Cross.new(arm, width) {
    return setmetatable({arm: arm, width: width}, Cross)
}

func Cross:area() {
    return 4 * self.arm * self.width + self.width * self.width
}

func Cross:grow(d) {
    self.arm += d
}

const Diamond = {}
Diamond.__index = Diamond

func Diamond.new(p, q) {
    return setmetatable({p: p, q: q}, Diamond)
}

func Diamond:area() {
    return self.p * self.q / 2
}

func Diamond:grow(d) {
    self.p += d
}

const Line = {}
Line.__index = Line

func Line.new(length) {
    return setmetatable({length: length}, Line)
}

func Line:area() {
    return 0 * self.length
}

func Line:grow(d) {
    self.length += d
}

const shapes = {}
for i := 1; i <= 96; i++ {
    if i % 8 == 0 {
        shapes[i] = Square.new(i % 9 + 4)
    } elseif i % 8 == 1 {
        shapes[i] = Circle.new(i % 9 + 4)
    } elseif i % 8 == 2 {
        shapes[i] = Rect.new(i % 9 + 4, i % 3 + 1)
    } elseif i % 8 == 3 {
        shapes[i] = Triangle.new(i % 9 + 4, i % 3 + 1)
    } elseif i % 8 == 4 {
        shapes[i] = Ring.new(i % 9 + 4, i % 3 + 1)
    } elseif i % 8 == 5 {
        shapes[i] = Cross.new(i % 9 + 4, i % 3 + 1)
    } elseif i % 8 == 6 {
        shapes[i] = Diamond.new(i % 9 + 4, i % 3 + 1)
    } elseif i % 8 == 7 {
        shapes[i] = Line.new(i % 9 + 4)
    }
}

var total = 0
for round := 1; round <= 130000; round++ {
    step := round % 2 * 2 - 1
    for i := 1; i <= #shapes; i++ {
        s := shapes[i]
        total += s:area()
        s:grow(step)
    }
}
print(string.format("%.1f", total))
