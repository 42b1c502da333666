print("abc" == "abc", "a" .. "b" == "ab", "a" == "A") // expect: true	true	false
print("a\x00b" == "a\x00b", "a\x00b" == "a\x00c")     // expect: true	false
