{ print("block") } // expect: block
{}
{ { print("inner") } } // expect: inner
{
    x := 1
    print(x) // expect: 1
}
