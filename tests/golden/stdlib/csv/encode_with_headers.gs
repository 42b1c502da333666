io.write(csv.encodeWithHeaders({{name: "ann", age: 30}, {name: "bob"}}, {"name", "age"}))
// expect: name,age
// expect: ann,30
// expect: bob,
