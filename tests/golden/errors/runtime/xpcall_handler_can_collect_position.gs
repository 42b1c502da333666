func fail() { nothing() }
print(xpcall(fail, func(e) { return "handled: " .. e }))
// expect: false	handled: xpcall_handler_can_collect_position.gs:1: attempt to call a nil value (global 'nothing')
