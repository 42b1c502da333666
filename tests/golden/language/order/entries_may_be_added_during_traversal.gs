t := {a: 1, b: 2, c: 3}
added := 0
for k, v := range t {
    if added < 100 { added++; t["new" .. added] = added }
}
seen := {}
n := 0
for k, v := range t { n++; seen[k] = v }
print(n == 3 + added, seen.a, seen.b, seen.c, seen.new1) // expect: true	1	2	3	1
