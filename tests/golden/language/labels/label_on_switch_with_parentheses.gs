x := 1
sw: switch (x) {
case 1:
    for { break sw }
}
print("after") // expect: after
