outer, inner, uses := {}, {}, {}
for i := 1; i <= 125; i++ {
    outer[i] = "var a" .. i .. " = 1"
    inner[i] = "var b" .. i .. " = 2"
    uses[i] = "a" .. i .. " + b" .. i
}
src := "func f() {\n" .. table.concat(outer, "\n") .. "\nreturn func() {\n" .. table.concat(inner, "\n")
    .. "\nreturn func() { return " .. table.concat(uses, " + ") .. " }\n}\n}\nreturn f()()()"
print(load(src)()) // expect: 375
