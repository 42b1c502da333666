obj := {m: func(self) { return "called" }}
t := {(obj:m())}
print(t[1]) // expect: called
