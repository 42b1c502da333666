print((`say "it's" x`):match(`(["'])(.-)%1`)) // expect: "	it's
print(("hello"):match("(.)%1"), ("abcabc"):match("^(.+)%1$")) // expect: l	abc
print(("aa"):match("()%1")) // expect: nil
