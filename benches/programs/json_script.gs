// Encodes and decodes JSON with a coder written in the language itself.
const ESCAPES = {
    "\"": "\\\"", "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}

func escape_char(c) {
    return ESCAPES[c] || string.format("\\u%04x", c:byte())
}

func quote(s) {
    return "\"" .. s:gsub("[%c\"\\]", escape_char) .. "\""
}

func encode_into(out, n, v) {
    kind := type(v)
    if kind == "string" {
        out[n + 1] = quote(v)
        return n + 1
    } elseif kind == "number" {
        out[n + 1] = v % 1 == 0 && string.format("%d", v) || string.format("%.14g", v)
        return n + 1
    } elseif kind == "table" {
        len := #v
        if len > 0 {
            for i := 1; i <= len; i++ {
                n++
                out[n] = i == 1 && "[" || ","
                n = encode_into(out, n, v[i])
            }
            out[n + 1] = "]"
            return n + 1
        }
        first := true
        for k, e := range v {
            out[n + 1] = first && "{" || ","
            out[n + 2] = quote(k)
            out[n + 3] = ":"
            n = encode_into(out, n + 3, e)
            first = false
        }
        out[n + 1] = first && "{}" || "}"
        return n + 1
    }
    out[n + 1] = tostring(v)
    return n + 1
}

func encode(v) {
    out := {}
    encode_into(out, 0, v)
    return table.concat(out)
}

const UNESCAPES = {
    "\"": "\"", "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
}

func unescape(s) {
    s = s:gsub("\\u(%x%x%x%x)", func(hex) {
        code := tonumber(hex, 16)
        return code < 128 && string.char(code) || "?"
    })
    return (s:gsub("\\(.)", UNESCAPES))
}

func fail(at, what) {
    error("json: " .. what .. " at byte " .. at, 0)
}

func skip_space(s, at) {
    _, stop := s:find("^[ \n\r\t]*", at)
    return stop + 1
}

func decode_string(s, at) {
    start := at + 1
    escaped := false
    i := start
    for {
        j := s:find("[\"\\]", i)
        if !j { fail(at, "unfinished string") }
        if s:byte(j) == 34 {
            text := s:sub(start, j - 1)
            if escaped { text = unescape(text) }
            return text, j + 1
        }
        escaped = true
        i = j + 2
    }
}

func decode_array(s, at) {
    list, n := {}, 0
    at = skip_space(s, at + 1)
    if s:byte(at) == 93 { return list, at + 1 }
    for {
        var v
        v, at = decode_value(s, at)
        n++
        list[n] = v
        at = skip_space(s, at)
        c := s:byte(at)
        if c == 93 { return list, at + 1 }
        if c != 44 { fail(at, "',' expected") }
        at = skip_space(s, at + 1)
    }
}

func decode_object(s, at) {
    object := {}
    at = skip_space(s, at + 1)
    if s:byte(at) == 125 { return object, at + 1 }
    for {
        if s:byte(at) != 34 { fail(at, "key expected") }
        var key, v
        key, at = decode_string(s, at)
        at = skip_space(s, at)
        if s:byte(at) != 58 { fail(at, "':' expected") }
        v, at = decode_value(s, skip_space(s, at + 1))
        object[key] = v
        at = skip_space(s, at)
        c := s:byte(at)
        if c == 125 { return object, at + 1 }
        if c != 44 { fail(at, "',' expected") }
        at = skip_space(s, at + 1)
    }
}

func decode_value(s, at) {
    c := s:byte(at)
    if c == 34 { return decode_string(s, at) }
    if c == 123 { return decode_object(s, at) }
    if c == 91 { return decode_array(s, at) }
    word := s:match("^%a+", at)
    if word == "true" { return true, at + 4 }
    if word == "false" { return false, at + 5 }
    if word == "null" { return nil, at + 4 }
    number := s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
    if !number { fail(at, "value expected") }
    return tonumber(number), at + #number
}

func decode(s) {
    v, at := decode_value(s, skip_space(s, 1))
    if skip_space(s, at) <= #s { fail(at, "text after the value") }
    return v
}

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
