// The parser recurses with the nesting of a text, deeper than the stack of a goroutine or coroutine is large.
func nested(open, close) {
    return load("return " .. open:rep(400) .. "1" .. close:rep(400))
}
func all() {
    print(type(nested("(", ")")), type(nested("{", "}")), type(nested("f(", ")")), type(nested("- ", "")))
    f, message := nested("((", "))")
    print(f, message)
}
done := make(chan)
go func() {
    all()
    done <- true
}()
<-done // expect: function	function	function	function
// expect: nil	(load):1:429: too deeply nested (more than 420 levels) near '('
coroutine.wrap(all)() // expect: function	function	function	function
// expect: nil	(load):1:429: too deeply nested (more than 420 levels) near '('

func loadFrom(depth) {
    if depth > 0 {
        ok, inner := pcall(loadFrom, depth - 1)
        return inner
    }
    return type(nested("[[", "]]")) .. type(nested("(", ")"))
}
go func() { done <- loadFrom(150) }()
print(<-done) // expect: nilfunction
