print("a" < "b", "Z" < "a", "a" < "aa", "" < "a") // expect: true	true	true	true
print("10" < "9", "a" <= "a", "b" > "a", "a" >= "b") // expect: true	true	true	false
print("\xff" > "z", "a\x00b" < "a\x00c")          // expect: true	true
