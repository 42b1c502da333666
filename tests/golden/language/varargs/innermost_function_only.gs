func outer(...) {
    f := func(...) { return #... }
    return f(), #...
}
print(outer(1, 2)) // expect: 0	2
