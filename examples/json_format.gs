// JSON formatter: lays out a JSON text with one element a line, or compacts it.
// Shows: the json library for checking, string scanning, command-line options, error exits.
//
//     gscript examples/json_format.gs                      formats a built-in sample
//     gscript examples/json_format.gs FILE                 formats a file ("-" is standard input)
//     gscript examples/json_format.gs --indent 4 FILE      0 to 16 spaces (default 2)
//     gscript examples/json_format.gs --compact FILE       everything on one line
//
// The text is checked with json.decode but laid out from its own tokens, so that the order of keys and the spelling of
// numbers stay as they were.

const SAMPLE = `{"name":"gscript","tags":["go syntax","lua semantics",[]],"limits":{"ints":9007199254740993,
"tiny":1.50e-7,"none":null},"nested":[[1,2],[3,[4,{}]]],"quote":"say \"hi\" {not a brace}","ok":true}`

func fail(message) {
    io.stderr:write("json_format: ", message, "\n")
    os.exit(1)
}

func readInput(path) {
    if path == nil {
        return SAMPLE
    }
    if path == "-" {
        return io.read("a")
    }
    file, problem := io.open(path)
    if !file {
        fail(problem)
    }
    defer file:close()
    text, problem := file:read("a")
    if !text {
        fail(problem || "cannot read " .. path)
    }
    return text
}

// Position just after the string literal that begins at `start`.
func stringEnd(text, start) {
    i := start + 1
    for {
        i = text:find(`["\]`, i)
        if text:sub(i, i) == "\"" {
            return i + 1
        }
        i += 2                       // a backslash hides the byte after it
    }
}

// Lays out a valid JSON text. With `indent` nil no white space is written at all.
func format(text, indent) {
    out, depth, i := {}, 0, 1
    func emit(piece) { out[#out + 1] = piece }
    func newline() {
        if indent {
            emit("\n" .. string.rep(" ", indent * depth))
        }
    }
    for i <= #text {
        ch := text:sub(i, i)
        switch ch {
        case " ", "\t", "\r", "\n":
            i++
        case "{", "[":
            closing := ch == "{" && "}" || "]"
            after := text:find("%S", i + 1)
            if text:sub(after, after) == closing {
                emit(ch .. closing)
                i = after + 1
            } else {
                emit(ch)
                depth++
                newline()
                i++
            }
        case "}", "]":
            depth--
            newline()
            emit(ch)
            i++
        case ",":
            emit(ch)
            newline()
            i++
        case ":":
            emit(indent && ": " || ":")
            i++
        case "\"":
            after := stringEnd(text, i)
            emit(text:sub(i, after - 1))
            i = after
        default:                     // a number, true, false or null
            word := text:match("^[^%s,:%]}]+", i)
            emit(word)
            i += #word
        }
    }
    return table.concat(out)
}

func main() {
    indent, path, i := 2, nil, 1
    for i <= #arg {
        switch arg[i] {
        case "--compact":
            indent = nil
        case "--indent":
            i++
            indent = math.tointeger(tonumber(arg[i] || ""))
            if !indent || indent < 0 || indent > 16 {
                fail("--indent needs a number from 0 to 16")
            }
        default:
            if path || (arg[i]:hasPrefix("-") && arg[i] != "-") {
                fail("usage: json_format.gs [--indent N | --compact] [FILE | -]")
            }
            path = arg[i]
        }
        i++
    }
    text := readInput(path)
    _, problem := json.decode(text)
    if problem {
        fail(problem)
    }
    print(format(text, indent))
}

main()
