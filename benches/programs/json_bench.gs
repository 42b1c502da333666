// Encodes and decodes JSON with the library.
const encode, decode = json.encode, json.decode

func make_data(n) {
    list := {}
    for i := 1; i <= n; i++ {
        list[i] = {
            id: i,
            name: "user " .. i,
            email: "user" .. i .. "@example.org",
            active: i % 3 == 0,
            score: i * 0.25 + 0.125,
            tags: {"alpha", "beta " .. i % 10, "line\n\"quoted\""},
            position: {x: i % 100 + 0.5, y: i % 50 - 25, deep: {values: {i, i + 1, i + 2}}},
        }
    }
    return {version: 3, title: "list of users", users: list}
}

func checksum(data) {
    sum := 0
    for i := 1; i <= #data.users; i++ {
        u := data.users[i]
        p := u.position
        sum = sum + u.id + u.score + #u.name + #u.email + #u.tags[3] + p.x + p.y + p.deep.values[3]
        if u.active { sum++ }
    }
    return sum
}

var data = make_data(500)
var length, sum = 0, 0
for round := 1; round <= 50; round++ {
    text := encode(data)
    length += #text
    data = decode(text)
    sum += checksum(data)
}
print(string.format("%d %.3f", length, sum))
