for c := range ("né€"):gmatch(utf8.charpattern) { print(c) }
// expect: n
// expect: é
// expect: €
