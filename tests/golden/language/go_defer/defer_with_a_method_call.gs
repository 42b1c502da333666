f := {closed: false, close: func(self, why) { self.closed = why }}
func use() {
    defer f:close("done")
    return f.closed
}
print(use(), f.closed) // expect: false	done
