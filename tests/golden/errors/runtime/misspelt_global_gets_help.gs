// A global without a value whose name is close to a known one: the message ends with a guess.
func main() { prnt("hello") }
main()
// expect runtime error: attempt to call a nil value (global 'prnt')
// expect runtime error: help: 'prnt' has no value; did you mean 'print'?
