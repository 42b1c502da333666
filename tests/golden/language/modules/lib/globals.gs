before := shared
shared = "module"
only_in_module = true
return {
    get: func() { return shared },
    set: func(v) { shared = v },
    before: before,
}
