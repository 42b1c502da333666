// A backtracking matcher for regular expressions: a parser to nodes and a matcher with continuations.
func parse(pattern) {
    at := 1
    var parse_choice

    func parse_atom() {
        c := pattern:sub(at, at)
        at++
        if c == "(" {
            node := parse_choice()
            at++
            return node
        }
        if c == "." { return {kind: "any"} }
        if c == "[" {
            set := {}
            for pattern:sub(at, at) != "]" {
                low := pattern:byte(at)
                high := low
                if pattern:sub(at + 1, at + 1) == "-" {
                    high = pattern:byte(at + 2)
                    at += 2
                }
                for b := low; b <= high; b++ {
                    set[b] = true
                }
                at++
            }
            at++
            return {kind: "set", set: set}
        }
        return {kind: "char", byte: c:byte()}
    }

    func parse_repeat() {
        node := parse_atom()
        for {
            c := pattern:sub(at, at)
            if c == "*" {
                node = {kind: "star", body: node, least: 0}
            } elseif c == "+" {
                node = {kind: "star", body: node, least: 1}
            } elseif c == "?" {
                node = {kind: "maybe", body: node}
            } else {
                return node
            }
            at++
        }
    }

    func parse_sequence() {
        list := {kind: "sequence"}
        for at <= #pattern {
            c := pattern:sub(at, at)
            if c == "|" || c == ")" { break }
            list[#list + 1] = parse_repeat()
        }
        return list
    }

    func parse_choice() {
        left := parse_sequence()
        for pattern:sub(at, at) == "|" {
            at++
            left = {kind: "choice", left: left, right: parse_sequence()}
        }
        return left
    }
    return parse_choice()
}

func match_sequence(list, index, s, at, rest) {
    node := list[index]
    if !node { return rest(at) }
    return match_node(node, s, at, func(next_at) {
        return match_sequence(list, index + 1, s, next_at, rest)
    })
}

func match_star(node, count, s, at, rest) {
    stop := match_node(node.body, s, at, func(next_at) {
        if next_at == at { return nil }
        return match_star(node, count + 1, s, next_at, rest)
    })
    if stop { return stop }
    if count >= node.least { return rest(at) }
    return nil
}

func match_node(node, s, at, rest) {
    kind := node.kind
    if kind == "char" {
        if s:byte(at) == node.byte { return rest(at + 1) }
        return nil
    } elseif kind == "set" {
        b := s:byte(at)
        if b && node.set[b] { return rest(at + 1) }
        return nil
    } elseif kind == "any" {
        if at <= #s { return rest(at + 1) }
        return nil
    } elseif kind == "sequence" {
        return match_sequence(node, 1, s, at, rest)
    } elseif kind == "star" {
        return match_star(node, 0, s, at, rest)
    } elseif kind == "maybe" {
        return match_node(node.body, s, at, rest) || rest(at)
    }
    return match_node(node.left, s, at, rest) || match_node(node.right, s, at, rest)
}

func at_end(at) {
    return at
}

func search(node, s) {
    for at := 1; at <= #s + 1; at++ {
        stop := match_node(node, s, at, at_end)
        if stop { return at, stop - 1 }
    }
    return nil
}

const subjects = {
    "the price is 1234.56 euro, or 12 dollar",
    "contact: some.body@example.org or nobody",
    "aaaaaaaaaaaaaaaaaaaaaaab",
    "x = foo(bar, baz) + 17 * quux",
    "2024-02-29 and 1999-12-31",
}
const patterns = {
    parse("[0-9]+[.][0-9]+"), parse("[a-z.]+@[a-z]+(.org|.com)"), parse("(a|aa)*b"),
    parse("[a-z]+[(][a-z, ]*[)]"), parse("[0-9][0-9][0-9][0-9]-(0|1)[0-9]-[0-3][0-9]"), parse("q.*x|nothing"),
}
var hits, sum = 0, 0
for round := 1; round <= 1500; round++ {
    for i := 1; i <= #patterns; i++ {
        for j := 1; j <= #subjects; j++ {
            from, to := search(patterns[i], subjects[j])
            if from {
                hits++
                sum += from * to
            }
        }
    }
}
print(string.format("%d %d", hits, sum))
