func v(x) { print("eval " .. x); return x }
switch 9 {
default: print("default")
case v(1): print("never")
}
// expect: eval 1
// expect: default
