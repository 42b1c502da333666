// Object-oriented simulation of a zoo.
// Shows: classes and inheritance with metatables, methods calling their parent's, __tostring, __lt and __index.
//
//     gscript examples/zoo.gs [DAYS]                (default 5)

// Makes a class. `Class(...)` creates an object and calls its init method; what a class lacks comes from its parent.
func class(name, parent) {
    C := {name: name, parent: parent}
    C.__index = C
    C.__tostring = parent && parent.__tostring
    C.__lt = parent && parent.__lt
    return setmetatable(C, {
        __index: parent,
        __call: func(_, ...) {
            object := setmetatable({}, C)
            object:init(...)
            return object
        },
    })
}

Animal := class("Animal")

func Animal:init(name, weight) {
    self.name = name
    self.weight = weight
    self.energy = 5
}
func Animal:portion() { return self.weight * 0.03 }
func Animal:sound() { return "…" }
func Animal:eats(food) { return food == self.diet }
func Animal:live() {
    self.energy -= 2
    if self.energy <= 0 {
        return self.name .. " is too hungry to move"
    }
    return self.name .. " says " .. self:sound()
}
func Animal:feed(kilograms) {
    self.energy = math.min(10, self.energy + 3)
    self.weight += kilograms * 0.1
}
func Animal.__tostring(self) {
    return string.format("%s the %s (%.1f kg, energy %d)", self.name, self.species, self.weight, self.energy)
}
func Animal.__lt(a, b) { return a.weight < b.weight }

Lion := class("Lion", Animal)
Lion.species, Lion.diet = "lion", "meat"
func Lion:sound() { return self.energy > 3 && "ROAR" || "roar" }

Elephant := class("Elephant", Animal)
Elephant.species, Elephant.diet = "elephant", "hay"
func Elephant:init(name, weight) {
    Animal.init(self, name, weight)
    self.trunk = "long"
}
func Elephant:sound() { return "toot" }
func Elephant:portion() { return Animal.portion(self) / 2 }

Parrot := class("Parrot", Animal)
Parrot.species, Parrot.diet = "parrot", "seed"
func Parrot:init(name, weight, words) {
    Animal.init(self, name, weight)
    self.words, self.said = words, 0
}
func Parrot:sound() {
    self.said++
    return self.words[(self.said - 1) % #self.words + 1]
}
func Parrot:live() {
    text := Animal.live(self)
    return self.energy > 0 && text .. " and flaps its wings" || text
}

Zoo := class("Zoo")

func Zoo:init() {
    self.animals = {}
    self.stock = {meat: 12.0, hay: 150.0, seed: 0.05}
    self.day = 0
}
func Zoo:add(animal) {
    self.animals[#self.animals + 1] = animal
    return self                          // allows zoo:add(a):add(b)
}
func Zoo:meals() {
    fed := {}
    for _, animal := range ipairs(self.animals) {
        for food, amount := range self.stock {
            portion := animal:portion()
            if animal:eats(food) && amount >= portion {
                self.stock[food] = amount - portion
                animal:feed(portion)
                fed[#fed + 1] = animal.name
            }
        }
    }
    return fed
}
func Zoo:runDay() {
    self.day++
    print("day " .. self.day)
    for _, animal := range ipairs(self.animals) {
        print("  " .. animal:live())
    }
    fed := self:meals()
    print("  fed: " .. (#fed > 0 && table.concat(fed, ", ") || "nobody, the stock is used up"))
}

func main() {
    days := math.tointeger(tonumber(arg[1] || 5))
    if !days || days < 0 {
        io.stderr:write("usage: zoo.gs [DAYS]\n")
        os.exit(1)
    }
    zoo := Zoo()
    zoo:add(Lion("Leo", 190)):add(Elephant("Ella", 4000)):add(Parrot("Polly", 0.4, {"hello", "pretty bird", "cracker"}))
    for range days {
        zoo:runDay()
    }
    print("from light to heavy:")
    table.sort(zoo.animals)
    for _, animal := range ipairs(zoo.animals) {
        print("  " .. tostring(animal))
    }
}

main()
