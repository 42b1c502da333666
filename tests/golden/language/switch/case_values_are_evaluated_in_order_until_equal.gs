func v(x) { print("eval " .. x); return x }
switch 2 {
case v(1), v(2), v(3): print("hit")
case v(4): print("never")
}
// expect: eval 1
// expect: eval 2
// expect: hit
