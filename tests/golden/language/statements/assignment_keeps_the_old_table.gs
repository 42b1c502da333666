t := {name: "old"}
old := t
t, t.x = {name: "new"}, 5
print(t.x, old.x, t.name) // expect: nil	5	new
