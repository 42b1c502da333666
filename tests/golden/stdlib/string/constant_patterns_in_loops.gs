// Formats and patterns that are constants are compiled with the code that uses them. Loops run long enough for that.
func round(i) {
    s := "key" .. i .. " = value"
    k, v := s:match("^(%w+)%s*=%s*(%w+)$")
    a, b, c := s:find("(%d+)")
    p, q := string.find(s, " = ", 1, true)
    bracket := ("x[" .. i):find("[", 1, true)
    r, n := s:gsub("%w+", "<%0>")
    words := 0
    for w, e := range s:gmatch("(%a+)()") { words += #w + e }
    text := ("%d|%5.1f|%-4s|%q|%%"):format(i, i / 2, k, v)
    return k .. v .. a .. b .. c .. p .. q .. bracket .. r .. n .. words .. text
}
var last = ""
for i := 1; i <= 300; i++ { last = round(i) }
print(last)
// expect: key300value46300792<key300> = <value>227300|150.0|key300|"value"|%

// A list of all that they give.
func lists() {
    t := {("a=1, b=2"):match("(%w)=(%w), (%w)=(%w)")}
    u := {("a=1"):find("(%w)=(%w)")}
    return #t + #u, select("#", ("x"):gsub("x", "yy")), (string.format("%s", 1))
}
for i := 1; i <= 300; i++ { last = table.concat({lists()}, " ") }
print(last)
// expect: 8 2 1

// Errors come in their order, with the function's name, wherever the call was compiled.
func failing(f) {
    var message
    for i := 1; i <= 300; i++ {
        ok, e := pcall(f, i)
        if message == nil { message = e } else if message != e { message = "differs" }
    }
    print(message)
}
failing(func(i) { return string.format("%d %d", i) })
// expect: constant_patterns_in_loops.gs:38: bad argument #3 to 'string.format' (no value)
failing(func(i) { return string.format("%d", {}) })
// expect: constant_patterns_in_loops.gs:40: bad argument #2 to 'string.format' (number expected, got table)
failing(func(i) { return string.format("%y", i) })
// expect: constant_patterns_in_loops.gs:42: invalid conversion '%y' to 'format'
failing(func(i) { return string.find({}, "a") })
// expect: constant_patterns_in_loops.gs:44: bad argument #1 to 'string.find' (string expected, got table)
failing(func(i) { return ("a"):find("[a") })
// expect: constant_patterns_in_loops.gs:46: malformed pattern (missing ']')
failing(func(i) { return ("a"):match("(a", {}) })
// expect: constant_patterns_in_loops.gs:48: bad argument #3 to 'string.match' (number expected, got table)
failing(func(i) { return ("a"):match("a", {}) })
// expect: constant_patterns_in_loops.gs:50: bad argument #3 to 'string.match' (number expected, got table)
failing(func(i) { return ("a"):gsub("(a", "b") })
// expect: constant_patterns_in_loops.gs:52: unfinished capture
failing(func(i) { return ("a"):gsub("a") })
// expect: constant_patterns_in_loops.gs:54: bad argument #3 to 'string.gsub' (string/function/table expected, got no value)
failing(func(i) { return ("a"):gsub("a", "%2") })
// expect: constant_patterns_in_loops.gs:56: invalid capture index %2
failing(func(i) { return ("a"):gsub("a", func(x) { error("in it", 0) }) })
// expect: in it

// A callback uses the same pattern, and yields.
func nested(s) {
    return (s:gsub("%d", func(d) {
        coroutine.yield(d)
        return d == "0" && "." || nested(tostring(math.floor(tonumber(d) / 2)))
    }))
}
var count = 0
for i := 1; i <= 200; i++ {
    co := coroutine.wrap(func() { return "end" .. nested("84") })
    for {
        last = co()
        count++
        if last:find("end", 1, true) { break }
    }
}
print(last, count)
// expect: end..	2000

// The functions may be replaced.
const old = string.match
func first(s) { return s:match("%d+") }
for i := 1; i <= 300; i++ { last = first("a12") }
print(last)
string.match = func(s, p) { return "new " .. p }
print(first("a12"))
string.match = old
print(first("a12"))
// expect: 12
// expect: new %d+
// expect: 12
