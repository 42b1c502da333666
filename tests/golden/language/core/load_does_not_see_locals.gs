var hidden = 1
print(load("return hidden")()) // expect: nil
{
    local := 2
    print(load("return local")()) // expect: nil
}
