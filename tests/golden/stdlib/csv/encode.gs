io.write(csv.encode({{1, 2.5, true}, {"a,b", "say \"x\"", " lead"}, {"two\nlines", ""}}))
// expect: 1,2.5,true
// expect: "a,b","say ""x"""," lead"
// expect: "two
// expect: lines",
io.write(csv.encode({{"a", "b;c"}}, {sep: ";"})) // expect: a;"b;c"
print(pcall(csv.encode, {{1}, 2}))               // expect: false	encode.gs:7: bad argument #1 to 'csv.encode' (row 2 is not a table)
