// An event emitter in the style of Node's, and a thermostat that uses one.
// Shows: closures as handlers, variadic functions, protecting a loop against errors in handlers with pcall.
//
//     gscript examples/events.gs

Emitter := {}
Emitter.__index = Emitter

func Emitter.new() {
    return setmetatable({handlers: {}}, Emitter)
}

// Calls f(...) for each event of that name, and f(name, ...) for every event if the name is "*". Gives a function that
// removes the handler.
func Emitter:on(name, f) {
    if type(f) != "function" {
        error("handler must be a function", 2)
    }
    list := self.handlers[name] || {}
    self.handlers[name] = list
    handler := {call: f}
    list[#list + 1] = handler
    return func() {
        if i := table.indexOf(list, handler); i {
            table.remove(list, i)
        }
    }
}

// Like on, for one event only.
func Emitter:once(name, f) {
    var remove
    remove = self:on(name, func(...) {
        remove()
        return f(...)
    })
    return remove
}

// Calls the handlers in the order in which they were added. One that fails does not stop the others: its error is an
// event of its own, "error", unless it happened there or in a handler for all events. Gives the number of handlers
// called.
func Emitter:emit(name, ...) {
    called := 0
    for _, handler := range ipairs(table.copy(self.handlers[name] || {})) {   // a copy: handlers may come and go
        ok, problem := pcall(handler.call, ...)
        if !ok {
            if name == "error" || name == "*" { error(problem) }
            self:emit("error", name, problem)
        }
        called++
    }
    if name != "*" {
        called += self:emit("*", name, ...)
    }
    return called
}

func Thermostat(target) {
    t := Emitter.new()
    heating := false
    // Adds a method that closes over `heating`, which nothing else can see.
    func t:measure(degrees) {
        self:emit("measured", degrees)
        if !heating && degrees < target - 0.5 {
            heating = true
            self:emit("heating", "on", degrees)
        } elseif heating && degrees > target + 0.5 {
            heating = false
            self:emit("heating", "off", degrees)
        }
    }
    return t
}

func main() {
    thermostat := Thermostat(20)
    seen := {}
    thermostat:on("heating", func(state, degrees) { print("heating " .. state .. " at " .. degrees) })
    thermostat:once("measured", func(degrees) { print("first reading: " .. degrees) })
    thermostat:on("*", func(name) { seen[#seen + 1] = name })
    thermostat:on("error", func(name, problem) { print("handler of '" .. name .. "' failed: " .. problem.reason) })
    stop := thermostat:on("measured", func(degrees) {
        if degrees > 21 {
            error({reason: "sensor out of range"})
        }
    })

    for _, degrees := range ipairs({20.0, 19.2, 18.9, 20.1, 21.5, 20.7}) {
        thermostat:measure(degrees)
    }
    stop()
    thermostat:measure(22.5)
    print("events: " .. table.concat(seen, " "))
    print("nobody listens to 'closed': " .. thermostat:emit("closed") .. " handler called (the one for all events)")
}

main()
