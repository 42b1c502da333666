t := {}
{
    func t.f() { return 1 }
    func t:m() { return self == t }
}
print(t.f(), t:m()) // expect: 1	true
