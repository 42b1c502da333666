func log(level, parts...) { return level, parts.n, #parts, parts[1], ... }
print(log("info"))           // expect: info	0	0	nil
print(log("info", "a", "b")) // expect: info	2	2	a	a	b
func count(parts...) { return parts.n }
print(count(nil, nil))       // expect: 2
