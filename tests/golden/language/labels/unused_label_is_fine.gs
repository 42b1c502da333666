unused: for i := range 1 { print(i) } // expect: 0
