obj := {name: func(self) { return "n" }}
t := {n: 7}
switch 7 {
case t[obj:name()]: print("index") // expect: index
}
switch 1 {
case {a: 1}.a: print("literal") // expect: literal
}
