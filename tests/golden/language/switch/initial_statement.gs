node := {kind: "num"}
switch kind := node.kind; kind {
case "num", "str": print(kind) // expect: num
}
switch n := 5; { case n > 3: print("big") } // expect: big
print(kind, n) // expect: nil	nil
