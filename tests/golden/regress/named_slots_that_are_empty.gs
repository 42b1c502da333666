// Own slots that are nil, under a class that has the key, gets it later, or has it not; and stores of nil into them.
const Base = {}
Base.__index = Base
Base.color = "grey"

func node(next) {
    return setmetatable({next: next, color: nil, n: 0}, Base)
}

func walk(list) {
    count, colors := 0, ""
    at := list
    for at != nil {
        count++
        colors = colors .. (at.color || "none") .. " "
        at = at.next
    }
    return count, colors
}

func set(o, v) {
    o.color = v
}

for round := 1; round <= 300; round++ {
    list := node(node(node(nil)))
    set(list, round % 3 == 0 && "red" || nil)
    set(list.next, nil)
    count, colors := walk(list)
    if round % 100 == 0 { print(round, count, colors) }
    if round == 150 { Base.color = nil }
    if round == 250 { Base.next = nil }
}
Base.color = "blue"
print(walk(node(nil)))
Base.__newindex = func(t, k, v) {
    print("newindex", k, v)
}
const late = node(nil)
set(late, "green")
set(late, nil)
print(rawget(late, "color"), late.color)
// expect: 100	3	grey grey grey 
// expect: 200	3	none none none 
// expect: 300	3	red none none 
// expect: 1	blue 
// expect: newindex	color	green
// expect: newindex	color	nil
// expect: nil	blue
