// Objects that have a metatable each: what one of them, its metatable or the class does is seen at once.
Animal := {}
func Animal.name(self) { return "animal " .. self.id }
func Animal.legs(self) { return 4 }
Dog := setmetatable({}, {__index: Animal})
func Dog.speak(self) { return "woof" }
Cat := setmetatable({}, {__index: Animal})
func Cat.speak(self) { return "meow" }
Fish := setmetatable({}, {__index: Animal})
func Fish.speak(self) { return "blub" }
func Fish.legs(self) { return 0 }

func make(i, class) { return setmetatable({id: i}, {__index: class}) }

dogs := {}
for i := 1; i <= 300; i++ { dogs[i] = make(i, Dog) }
func count(list, wanted) {
    n := 0
    for i := 1; i <= #list; i++ {
        if list[i]:speak() == wanted { n += list[i]:legs() }
    }
    return n
}
print(count(dogs, "woof"), count(dogs, "woof"), count(dogs, "meow"))   // expect: 1200	1200	0

// One of them becomes something else: by its metatable's entry, by another metatable, by a key of its own.
getmetatable(dogs[300]).__index = Fish
print(count(dogs, "woof"), dogs[300]:speak(), dogs[300]:legs())        // expect: 1196	blub	0
rawset(getmetatable(dogs[299]), "__index", Cat)
print(count(dogs, "woof"), count(dogs, "meow"))                        // expect: 1192	4
setmetatable(dogs[298], {__index: Cat})
print(count(dogs, "woof"), count(dogs, "meow"))                        // expect: 1188	8
dogs[297].speak = func(self) { return "grr" }
print(count(dogs, "woof"), count(dogs, "grr"))                         // expect: 1184	4
setmetatable(dogs[296], {__index: func(t, k) { return func() { return k == "legs" && 3 || k } }})
print(count(dogs, "woof"), count(dogs, "speak"))                       // expect: 1180	3
m := getmetatable(dogs[295])
m.__index = nil
print(pcall(count, dogs, "woof"))                                      // expect: false	metatables_of_their_own.gs:20: attempt to call a nil value (method 'speak')
m.__index = Dog
print(count(dogs, "woof"))                                             // expect: 1180

// The classes change.
func Dog.legs(self) { return 3 }
print(count(dogs, "woof"))                                             // expect: 885
Dog.legs = nil
print(count(dogs, "woof"))                                             // expect: 1180
func Animal.legs(self) { return 5 }
print(count(dogs, "woof"))                                             // expect: 1475
setmetatable(Dog, {__index: {legs: func() { return 6 }}})
print(count(dogs, "woof"), pcall(func() { return dogs[1]:name() }))    // expect: 1770	false	metatables_of_their_own.gs:51: attempt to call a nil value (method 'name')
setmetatable(Dog, {__index: Animal})
print(dogs[1]:name(), dogs[1].nothing)                                 // expect: animal 1	nil

// Several classes at one site, all of one shape.
classes, zoo := {Dog, Cat, Fish}, {}
for i := 1; i <= 600; i++ { zoo[i] = make(i, classes[i % 3 + 1]) }
func sounds() {
    n := {}
    for i := 1; i <= #zoo; i++ {
        s := zoo[i]:speak()
        n[s] = (n[s] || 0) + 1
    }
    return n.woof, n.meow, n.blub, n.moo
}
print(sounds())                                                        // expect: 200	200	200	nil
print(sounds())                                                        // expect: 200	200	200	nil
for i := 1; i <= 600; i += 2 { getmetatable(zoo[i]).__index = Cat }
print(sounds())                                                        // expect: 100	400	100	nil
Cow := {speak: func() { return "moo" }}
for i := 1; i <= 100; i++ { zoo[i] = make(i, Cow) }
print(sounds())                                                        // expect: 84	333	83	100
many := {}
for i := 1; i <= 20; i++ { sound := "s" .. i % 2; many[i] = {speak: func() { return sound }} }
for i := 1; i <= 600; i++ { zoo[i] = make(i, many[i % 20 + 1]) }
n := 0
for r := range 3 { for i := 1; i <= 600; i++ { if zoo[i]:speak() == "s1" { n++ } } }
print(n)                                                               // expect: 900
