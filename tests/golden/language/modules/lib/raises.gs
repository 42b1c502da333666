func f() {
    return nothing.x
}
return f()
