print(os.getenv("GSCRIPT_NO_SUCH_VARIABLE"))           // expect: nil
print(os.setenv("GSCRIPT_TEST", "a b"), os.getenv("GSCRIPT_TEST")) // expect: true	a b
print(os.expand("<$GSCRIPT_TEST|${GSCRIPT_TEST}x|$GSCRIPT_NONE>")) // expect: <a b|a bx|>
print(os.unsetenv("GSCRIPT_TEST"), os.getenv("GSCRIPT_TEST"))      // expect: true	nil
for _, name := range ipairs({"", "a=b", "a\x00b"}) {
    a, b := os.setenv(name, "x")
    c, d := os.getenv(name)
    print(a, type(b), c, type(d))
}
// expect: nil	string	nil	string
// expect: nil	string	nil	string
// expect: nil	string	nil	string
