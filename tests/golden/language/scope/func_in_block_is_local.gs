{
    func f() { return 1 }
    print(f()) // expect: 1
}
print(f) // expect: nil
