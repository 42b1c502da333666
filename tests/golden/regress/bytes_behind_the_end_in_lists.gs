// A byte behind the end of a string is no value where a list is wanted.
s := "hello"
func count(i) { return select("#", s:byte(i)) }
func collect(i) { return #{string.byte(s, i)} }
func give(i) { return s:byte(i) }
func take(...) { return #{...} }
func pass(i) { return take(i, s:byte(i)) }
counts, collected, given, passed := 0, 0, 0, 0
for i := 1; i <= 900; i++ {
    at := i % 9
    counts += count(at)
    collected += collect(at)
    given += select("#", give(at))
    passed += pass(at)
}
print(counts, collected, given, passed)     // expect: 500	500	500	1400
