Stack := {}
func Stack.new() {
    return setmetatable({}, {__index: Stack})
}
func Stack:push(v) {
    self.items[1] = v
}
func Stack.fill(s) {
    s:push(1)
    return s
}
Stack.fill(Stack.new())
// expect stderr: gscript: traceback_of_fields_and_methods.gs:6: attempt to index a nil value (field 'items')
// expect stderr: stack traceback:
// expect stderr:     traceback_of_fields_and_methods.gs:6: in function 'Stack:push'
// expect stderr:     traceback_of_fields_and_methods.gs:9: in function 'Stack.fill'
// expect stderr:     traceback_of_fields_and_methods.gs:12: in main chunk
