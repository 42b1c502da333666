const a = 1
{
    a := 2
    a = 3
    print(a) // expect: 3
}
func f(a) { a = a + 1; return a }
print(f(5), a) // expect: 6	1
