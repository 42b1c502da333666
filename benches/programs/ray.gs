// A small ray tracer: spheres over a plane, shadows and reflections, vectors as objects.
const Vec = {}
Vec.__index = Vec

func vec(x, y, z) {
    return setmetatable({x: x, y: y, z: z}, Vec)
}

func Vec.__add(a, b) {
    return vec(a.x + b.x, a.y + b.y, a.z + b.z)
}

func Vec.__sub(a, b) {
    return vec(a.x - b.x, a.y - b.y, a.z - b.z)
}

func Vec:scale(k) {
    return vec(self.x * k, self.y * k, self.z * k)
}

func Vec:dot(b) {
    return self.x * b.x + self.y * b.y + self.z * b.z
}

func Vec:normalize() {
    return self:scale(1.0 / math.sqrt(self:dot(self)))
}

const Sphere = {}
Sphere.__index = Sphere

func Sphere.new(center, radius, color, mirror) {
    return setmetatable({center: center, radius2: radius * radius, color: color, mirror: mirror}, Sphere)
}

func Sphere:hit(origin, direction) {
    to := self.center - origin
    along := to:dot(direction)
    off2 := to:dot(to) - along * along
    if off2 > self.radius2 { return nil }
    half := math.sqrt(self.radius2 - off2)
    t := along - half
    if t > 0.0001 { return t }
    t = along + half
    if t > 0.0001 { return t }
    return nil
}

func Sphere:normal(point) {
    return (point - self.center):normalize()
}

func Sphere:color_at(point) {
    return self.color
}

const Floor = {}
Floor.__index = Floor

func Floor.new(y, mirror) {
    return setmetatable({y: y, mirror: mirror, up: vec(0.0, 1.0, 0.0)}, Floor)
}

func Floor:hit(origin, direction) {
    if direction.y > -0.0001 { return nil }
    t := (self.y - origin.y) / direction.y
    if t > 0.0001 { return t }
    return nil
}

func Floor:normal(point) {
    return self.up
}

func Floor:color_at(point) {
    return (math.floor(point.x) + math.floor(point.z)) % 2 == 0 && 0.9 || 0.2
}

func nearest(scene, origin, direction) {
    best, found := 1e30, nil
    for i := 1; i <= #scene; i++ {
        t := scene[i]:hit(origin, direction)
        if t && t < best {
            best, found = t, scene[i]
        }
    }
    return found, best
}

func shade(scene, light, origin, direction, depth) {
    thing, t := nearest(scene, origin, direction)
    if !thing { return 0.3 + 0.5 * (direction.y + 1.0) * 0.5 }
    point := origin + direction:scale(t)
    normal := thing:normal(point)
    to_light := light - point
    bright := 0.1
    if !nearest(scene, point, to_light:normalize()) {
        cosine := normal:dot(to_light:normalize())
        if cosine > 0.0 { bright += 0.9 * cosine }
    }
    color := thing:color_at(point) * bright
    if depth > 0 && thing.mirror > 0.0 {
        bounced := direction - normal:scale(2.0 * direction:dot(normal))
        color = color * (1.0 - thing.mirror) + thing.mirror * shade(scene, light, point, bounced, depth - 1)
    }
    return color
}

func render(width, height) {
    scene := {Floor.new(-1.0, 0.1)}
    for i := 0; i <= 6; i++ {
        center := vec(i * 1.1 - 3.3, -0.3 + i % 3 * 0.6, 5.0 + i % 2 * 1.5)
        scene[#scene + 1] = Sphere.new(center, 0.7, 0.3 + 0.1 * i, 0.3)
    }
    light, eye := vec(-5.0, 8.0, -3.0), vec(0.0, 0.5, -2.0)
    sum, dark := 0.0, 0
    for py := 0; py < height; py++ {
        for px := 0; px < width; px++ {
            direction := vec((px - width / 2) / width * 1.6, (height / 2 - py) / width * 1.6, 1.0):normalize()
            color := shade(scene, light, eye, direction, 3)
            sum += color
            if color < 0.1 { dark++ }
        }
    }
    return sum, dark
}

var sum, dark = render(360, 270)
print(string.format("%.6f %d", sum, dark))
