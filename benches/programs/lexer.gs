// A tokenizer for a small language, on the bytes of the source.
const KEYWORDS = {
    "if": true, "else": true, "while": true, "func": true, "return": true, "var": true,
}

func is_space(c) {
    return c == 32 || c == 10 || c == 9 || c == 13
}

func is_digit(c) {
    return c >= 48 && c <= 57
}

func is_letter(c) {
    return c >= 97 && c <= 122 || c >= 65 && c <= 90 || c == 95
}

func tokenize(s) {
    tokens, n := {}, 0
    at, size, line := 1, #s, 1
    for at <= size {
        c := s:byte(at)
        if is_space(c) {
            if c == 10 { line++ }
            at++
        } elseif is_letter(c) {
            start := at
            for at <= size && (is_letter(s:byte(at)) || is_digit(s:byte(at))) {
                at++
            }
            text := s:sub(start, at - 1)
            n++
            tokens[n] = {kind: KEYWORDS[text] && "keyword" || "name", text: text, line: line}
        } elseif is_digit(c) {
            start := at
            for at <= size && (is_digit(s:byte(at)) || s:byte(at) == 46) {
                at++
            }
            n++
            tokens[n] = {kind: "number", value: tonumber(s:sub(start, at - 1)), line: line}
        } elseif c == 34 {
            start := at + 1
            at++
            for s:byte(at) != 34 {
                at++
            }
            n++
            tokens[n] = {kind: "string", text: s:sub(start, at - 1), line: line}
            at++
        } elseif c == 47 && s:byte(at + 1) == 47 {
            for at <= size && s:byte(at) != 10 {
                at++
            }
        } else {
            two := s:sub(at, at + 1)
            var text
            if two == "==" || two == "<=" || two == ":=" || two == "&&" {
                text = two
            } else {
                text = string.char(c)
            }
            at += #text
            n++
            tokens[n] = {kind: "operator", text: text, line: line}
        }
    }
    return tokens, line
}

const SAMPLE = `func area(shape) { // by kind
    if shape.kind == "circle" { return 3.14159 * shape.radius * shape.radius }
    var total := 0
    while total <= 100 && shape { total = total + shape.side_length[12] }
    return "no area: " + shape.name_of_it
}
`

const source = string.rep(SAMPLE, 80)
const counts = {keyword: 0, name: 0, number: 0, string: 0, operator: 0}
var lines, sum = 0, 0
for round := 1; round <= 270; round++ {
    tokens, last := tokenize(source)
    lines += last
    for i := 1; i <= #tokens; i++ {
        t := tokens[i]
        counts[t.kind]++
        if t.kind == "number" { sum += t.value }
    }
}
print(string.format("%d %d %d %d %d", counts.keyword, counts.name, counts.number, counts.string, counts.operator))
print(string.format("%d %.3f", lines, sum))
