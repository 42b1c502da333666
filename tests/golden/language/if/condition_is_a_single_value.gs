func f() { return nil, true }
if f() { print("then") } else { print("else") } // expect: else
