t := {f: func(x) { print("called", x) }}
func use() { defer t.f(1); t.f = nil }
use() // expect: called	1
