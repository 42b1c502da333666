// Long runs, many matches, and a search that backtracks much.
s := ("abc "):rep(50000)
n := 0
for w := range s:gmatch("%a+") { n += #w }
print(n, select(2, s:gsub("b", "")), #(s:gsub("%s", "  "))) // expect: 150000	50000	250000
print(s:find("abc abcd"), #s:match(".*"), s:find("^(.-)x")) // expect: nil	200000	nil
print(("a"):rep(3000):find(".-.-b")) // expect: nil
