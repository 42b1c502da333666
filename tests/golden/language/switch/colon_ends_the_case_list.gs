x := 1
func run() { print("ran") }
switch 1 {
case x: run() // expect: ran
}
obj := {name: func(self) { return "special" }}
switch "special" {
case (obj:name()): print("method") // expect: method
}
