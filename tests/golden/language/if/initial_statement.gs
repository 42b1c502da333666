queue := {1, 2, 3}
if n := #queue; n > 10 { print("many") } elseif n > 0 { print("some", n) } else { print("none") }
// expect: some	3
print(n) // expect: nil
