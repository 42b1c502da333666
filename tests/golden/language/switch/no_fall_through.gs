switch 1 {
case 1: print("first") // expect: first
case 1: print("second")
default: print("default")
}
