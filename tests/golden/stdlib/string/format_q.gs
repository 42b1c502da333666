print(("%q"):format("a \"b\" \\ \n \r \t \x7f é")) // expect: "a \"b\" \\ \n \r \x09 \x7f é"
print(("%q %q %q %q"):format(1, 1.5, true, nil)) // expect: 1 1.5 true nil
s := ""
for i := 0; i <= 255; i++ { s = s .. string.char(i) .. "1" }
print(load("return " .. ("%q"):format(s))() == s) // expect: true
for _, x := range {math.mininteger, math.huge, -math.huge, 0.1, 1e300, -0.0} {
    y := load(("return %q"):format(x))()
    print(y == x, math.type(y) == math.type(x))
}
// expect: true	true
// expect: true	true
// expect: true	true
// expect: true	true
// expect: true	true
// expect: true	true
print(load(("return %q"):format(0/0))() != 0) // expect: true
print(pcall(string.format, "%q", {})) // expect: false	format_q.gs:17: value has no literal form
print(pcall(string.format, "%5q", "x")) // expect: false	format_q.gs:18: specifier '%q' cannot have modifiers
