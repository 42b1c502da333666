f := coroutine.wrap(func() { error("from coroutine") })
f()
// expect runtime error: gscript: from coroutine
