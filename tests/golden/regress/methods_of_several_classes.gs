// Calls of methods at sites that meet few, many, and ever more classes.
func class(base) {
    c := {}
    c.__index = c
    if base { setmetatable(c, {__index: base}) }
    return c
}

Base := class(nil)
func Base:twice(n) { return self:value(n) * 2 }
func Base:pair(n) { return self:value(n), self.k }
func Base:tail(n) { return self:value(n) }
func Base:value(n) { return -1 }

A, B, C := class(Base), class(Base), class(Base)
func A:value(n) { return self.k + n }
func B:value(n) { return self.k * n }
func C:value(n) { self.seen = (self.seen || 0) + 1; return self.k - n }

func objects_of(classes, n) {
    list := {}
    for i := 1; i <= n; i++ { list[i] = setmetatable({k: i}, classes[i % #classes + 1]) }
    return list
}

func sum(list) {
    total := 0
    for i := 1; i <= #list; i++ {
        o := list[i]
        a, b := o:pair(i)
        total += o:twice(i) + a + b + o:tail(2)
    }
    return total
}

print(sum(objects_of({A}, 300)))                   // expect: 361800
print(sum(objects_of({A, B}, 300)))                // expect: 13748850
print(sum(objects_of({A, B, C}, 300)))             // expect: 9151000
print(sum(objects_of({A, B, C, Base}, 300)))       // expect: 6840675

// More classes than a site remembers.
many := {}
for i := 1; i <= 12; i++ {
    c := class(Base)
    c.value = func(self, n) { return self.k + n * i }
    many[i] = c
}
print(sum(objects_of(many, 400)))                  // expect: 1963368

// A method in the object itself, a method that is replaced, a receiver whose class changes between lookup and call.
own := setmetatable({k: 5, value: func(self, n) { return "own" .. n }}, A)
func one(o, n) { return o:value(n) }
func change(o, class) { setmetatable(o, class); return 7 }
func changed(o, class) { return o:value(change(o, class)) }
mixed := {setmetatable({k: 1}, A), setmetatable({k: 2}, B), own}
last := {}
for i := 1; i <= 300; i++ {
    if i == 200 { B.value = func(self, n) { return "new" .. self.k } }
    if i == 250 { own.value = nil }
    last[i % 3 + 1] = one(mixed[i % 3 + 1], i)
}
print(last[1], last[2], last[3])                   // expect: 301	new2	304
x, y := setmetatable({k: 3}, A), setmetatable({k: 3}, C)
for i := 1; i <= 200; i++ {
    last[1], last[2] = changed(x, C), changed(y, A)
    setmetatable(x, A)
    setmetatable(y, C)
}
print(last[1], last[2], x.seen, y.seen)            // expect: 10	-4	nil	200

// Strings among tables, missing methods, errors inside.
func size(v) { return v:len() }
Box := class(nil)
func Box:len() { return self.n }
func Box:fail() { return self.n.x.y }
n := 0
for i := 1; i <= 300; i++ {
    n += size(i % 3 == 0 && "abc" || setmetatable({n: i}, i % 3 == 1 && Box || {__index: Box}))
}
print(n)                                           // expect: 30300
func failing(o) {
    return o:fail()
}
Cup := class(nil)
func Cup:fail() { return 1 }
good := 0
for i := 1; i <= 300; i++ {
    ok, e := pcall(failing, i % 2 == 0 && setmetatable({}, Cup) || setmetatable({n: {}}, Box))
    if ok { good++ } elseif i == 299 { print(e) }  // expect: methods_of_several_classes.gs:75: attempt to index a nil value (field 'x')
}
print(good)                                        // expect: 150
print(pcall(failing, setmetatable({}, A)))         // expect: false	methods_of_several_classes.gs:82: attempt to call a nil value (method 'fail')
print(pcall(failing, 5))                           // expect: false	methods_of_several_classes.gs:82: attempt to index a number value (local 'o')
