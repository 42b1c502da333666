// exit: 3
xpcall(func() {
    defer print("deferred calls do not run")
    os.exit(3)
}, func(e) { print("and no handler sees it", e) })
