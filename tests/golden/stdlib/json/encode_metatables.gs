// `__pairs` decides what a table contains; other metatables change nothing.
Point := {}
Point.__index = Point
print(json.encode(setmetatable({x: 1, y: 2}, Point)), json.encode(setmetatable({1, 2}, Point))) // expect: {"x":1,"y":2}	[1,2]
t := setmetatable({}, {__pairs: func(t) {
    n := 0
    return func() { n++
        if n <= 3 { return n, n * n } }
}})
print(json.encode(t), json.encode({inner: t})) // expect: [1,4,9]	{"inner":[1,4,9]}
u := setmetatable({}, {__pairs: func(t) { return next, {z: 1, y: {2}} }})
print(json.encode(u)) // expect: {"y":[2],"z":1}
