func f(x) {
    switch x {
    case 0: return "a"
    case 1: return "b"
    case 2: return "c"
    case 3: return "d"
    case 4: return "e"
    case 5: return "f"
    case 6: return "g"
    case 7: return "h"
    }
    return "?"
}
s := ""
for i := range 9 { s ..= f(i) }
print(s, f(3.0), f("3")) // expect: abcdefgh?	d	?
