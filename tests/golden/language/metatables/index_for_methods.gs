Animal := {}
Animal.__index = Animal
func Animal.new(name) { return setmetatable({name: name}, Animal) }
func Animal:speak() { return self.name .. " speaks" }
print(Animal.new("cat"):speak()) // expect: cat speaks
