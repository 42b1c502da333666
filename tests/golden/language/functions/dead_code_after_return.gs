func f() {
    return 1
    return 2
    print("dead")
}
print(f()) // expect: 1
