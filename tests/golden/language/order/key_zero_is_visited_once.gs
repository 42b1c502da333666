t := {"a", "b", [0]: "zero"}
count := 0
seen := {}
for k, v := range t { count++; seen[k] = v }
print(count, seen[0], seen[1], seen[2]) // expect: 3	zero	a	b
