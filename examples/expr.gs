// A calculator: scanner, Pratt parser and evaluator for arithmetic expressions, with errors that point at the spot.
// Shows: string patterns, recursive functions, error values that are tables, pcall.
//
//     gscript examples/expr.gs                        evaluates some samples, right and wrong
//     gscript examples/expr.gs "2 * (3 + 4)" "x = 3"  evaluates its arguments in order
//     gscript examples/expr.gs -                      evaluates lines of standard input
//
// Grammar: numbers, + - * / % ^ (power, to the right), unary -, parentheses, variables, `name = value`, and functions
// such as sqrt(x) and max(a, b).

const FUNCTIONS = {
    abs: {math.abs, 1}, sqrt: {math.sqrt, 1}, sin: {math.sin, 1}, cos: {math.cos, 1}, ln: {math.log, 1},
    floor: {math.floor, 1}, min: {math.min, 2}, max: {math.max, 2}, hypot: {math.hypot, 2},
}
// Binding power of the binary operators, left and right; the right one is lower for an operator that groups rightwards.
const POWER = {["+"]: {1, 2}, ["-"]: {1, 2}, ["*"]: {3, 4}, ["/"]: {3, 4}, ["%"]: {3, 4}, ["^"]: {8, 7}}
const PREFIX_POWER = 5

// Every error of this program is such a table; position is a byte of the source.
func fail(position, message) {
    error({position: position, message: message})
}

func scan(source) {
    tokens, i := {}, 1
    for {
        i = source:find("%S", i)
        if !i {
            tokens[#tokens + 1] = {kind: "end", text: "end of input", at: #source + 1}
            return tokens
        }
        number := source:match("^%d+%.?%d*[eE][+-]?%d+", i) || source:match("^%d+%.?%d*", i) ||
            source:match("^%.%d+", i)
        name := source:match("^[%a_][%w_]*", i)
        kind, text := "symbol", source:match("^[%+%-%*/%%^(),=]", i)
        if number {
            kind, text = "number", number
        } elseif name {
            kind, text = "name", name
        } elseif !text {
            fail(i, "unexpected character '" .. (source:match(utf8.charpattern, i) || "?") .. "'")
        }
        tokens[#tokens + 1] = {kind: kind, text: text, at: i}
        i += #text
    }
}

// Parses and evaluates in one go. `variables` is read and, by assignments, written.
func evaluate(source, variables) {
    tokens, place := scan(source), 1
    func peek() { return tokens[place] }
    func advance() {
        place++
        return tokens[place - 1]
    }
    func expect(text) {
        if token := advance(); token.text != text || token.kind != "symbol" {
            fail(token.at, "expected '" .. text .. "', found " .. describe(token))
        }
    }

    var expression
    func call(token) {
        entry := FUNCTIONS[token.text]
        if !entry {
            fail(token.at, "unknown function '" .. token.text .. "'")
        }
        expect("(")
        arguments := {}
        if peek().text != ")" {
            for {
                arguments[#arguments + 1] = expression(0)
                if peek().text != "," { break }
                advance()
            }
        }
        expect(")")
        f, arity := entry[1], entry[2]
        if #arguments != arity {
            plural := arity == 1 && "" || "s"
            fail(token.at, token.text .. " takes " .. arity .. " argument" .. plural .. ", not " .. #arguments)
        }
        return f(unpack(arguments))
    }
    func primary() {
        token := advance()
        switch token.kind {
        case "number":
            return tonumber(token.text)
        case "name":
            if peek().text == "(" {
                return call(token)
            }
            value := variables[token.text]
            if value == nil {
                fail(token.at, "unknown variable '" .. token.text .. "'")
            }
            return value
        }
        if token.text == "(" {
            value := expression(0)
            expect(")")
            return value
        }
        if token.text == "-" {
            return -expression(PREFIX_POWER)
        }
        fail(token.at, "expected a value, found " .. describe(token))
    }
    func expression(weakest) {
        left := primary()
        for {
            token := peek()
            power := token.kind == "symbol" && POWER[token.text]
            if !power || power[1] < weakest {
                return left
            }
            advance()
            right := expression(power[2])
            switch token.text {
            case "+": left += right
            case "-": left -= right
            case "*": left *= right
            case "^": left **= right
            default:
                if right == 0 {
                    fail(token.at, "division by zero")
                }
                left = token.text == "/" && left / right || left % right
            }
        }
    }

    target := nil
    if peek().kind == "name" && tokens[2].text == "=" {
        target = advance().text
        advance()
    }
    value := expression(0)
    if peek().kind != "end" {
        fail(peek().at, "expected an operator, found " .. describe(peek()))
    }
    if target {
        variables[target] = value
    }
    return value
}

func describe(token) {
    if token.kind == "end" {
        return token.text
    }
    return "'" .. token.text .. "'"
}

// A float with an integer value is shown as one.
func show(value) {
    return tostring(math.tointeger(value) || value)
}

func run(source, variables) {
    ok, result := pcall(evaluate, source, variables)
    if ok {
        print(source .. " = " .. show(result))
    } elseif type(result) == "table" {
        print(source)
        print(string.rep(" ", result.position - 1) .. "^ " .. result.message)
    } else {
        error(result)                // not ours: a mistake in this program
    }
    return ok
}

func main() {
    variables := {pi: math.pi, e: math.exp(1)}
    if #arg == 0 {
        samples := {
            "1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "-2 ^ 2", "10 % 4 - 7 / 2", "radius = 2.5", "pi * radius ^ 2",
            "max(3, hypot(3, 4)) * sqrt(16)", "1e3 + .5", "2 * (3 + 4", "3 + * 4", "foo + 1", "max(1)", "7 / (3 - 3)",
            "2 $ 3", "4 5", "",
        }
        for _, source := range ipairs(samples) {
            run(source, variables)
        }
    } elseif #arg == 1 && arg[1] == "-" {
        for line := range io.lines() {
            run(line, variables)
        }
    } else {
        failed := false
        for _, source := range ipairs(arg) {
            failed = !run(source, variables) || failed
        }
        os.exit(failed && 1 || 0)
    }
}

main()
