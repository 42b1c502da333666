print(pcall(func() { for i := range 2.5 { print("never") } }) == false) // expect: true
