// Methods of classes are replaced, added and removed while compiled code calls them.
Animal := {}
Animal.__index = Animal
func Animal.new(n) { return setmetatable({n: n}, Animal) }
func Animal.speak(self) { return self.n + 1 }
func Animal.walk(self) { return self.n + 2 }
Dog := setmetatable({}, {__index: Animal})
Dog.__index = Dog
func Dog.speak(self) { return self.n + 3 }
func drive(a, d) {
    s := 0
    for i := range 400 {
        r := a:speak() + d:speak()
        q := a:walk() + d:walk()
        s += r + q
    }
    return s
}
wg := sync.waitgroup()
done := sync.atomic(0)
for g := range 5 {
    wg:run(func() {
        a := Animal.new(g)
        d := setmetatable({n: g}, Dog)
        for range 120 {
            s := drive(a, d)
            if type(s) != "number" || s < 0 { error("bad sum") }
        }
        done:add(1)
    })
}
wg:run(func() {
    i := 0
    for done:load() < 5 {
        i++
        k := i
        Animal.speak = func(self) { return self.n + k % 10 }
        if i % 3 == 0 { Dog.walk = func(self) { return self.n + 7 } }
        if i % 5 == 0 { Dog.walk = nil }
        if i % 11 == 0 { Animal["extra" .. (i % 30)] = i }
        time.sleep(0.0005)
    }
})
wg:wait()
print("ok") // expect: ok
