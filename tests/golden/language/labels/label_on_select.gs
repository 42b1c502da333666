sel: select {
default:
    for { break sel }
    print("never")
}
print("after") // expect: after
