{
    f := func() { return f }
    print(f()) // expect: nil
}
