// `#` of tables whose class says nothing about it, until it does.

List := {}
List.__index = List
Stack := setmetatable({}, {__index: List})
Stack.__index = Stack

func new(class, n) {
    t := setmetatable({}, class)
    for i := 1; i <= n; i++ { t[#t + 1] = i }
    return t
}
func List:size() { return #self }
func total(list, n) {
    sum := 0
    for range n { sum += list:size() + #list }
    return sum
}

a, b := new(List, 3), new(Stack, 5)
print(total(a, 1000), total(b, 1000), total({size: List.size, 1, 2}, 1000)) // expect: 6000	10000	4000

// A class below has one of its own, which does not count for the tables above it.
List.__index.__len = nil
Stack.__len = func(s) { return 100 }
print(total(a, 1000), total(b, 1000)) // expect: 6000	200000
Stack.__len = nil
print(total(a, 1000), total(b, 1000)) // expect: 6000	10000

// The class changes in the middle of a loop.
func watch(list, at) {
    sum := 0
    for i := range 1000 {
        sum += #list
        if i == at { List.__len = func(l) { return 1000 } }
    }
    return sum
}
print(watch(a, 2000), watch(a, 499)) // expect: 3000	501500
print(total(a, 10), #a, #b) // expect: 20000	1000	5
List.__len = nil

// Tables whose metatable is taken away, or changed for another.
func swap(list, metatables) {
    sum := 0
    for i := range 600 {
        setmetatable(list, metatables[i % #metatables + 1])
        sum += #list
    }
    return sum
}
print(swap(a, {List, Stack}), swap(a, {List, {__len: func(l) { return 7 }}, {}})) // expect: 1800	2600
print(pcall(func(v) { return #v }, nil)) // expect: false	lengths_of_objects.gs:53: attempt to get length of a nil value (local 'v')
