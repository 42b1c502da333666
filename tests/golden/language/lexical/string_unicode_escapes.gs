print("\u00e9\u20AC")          // expect: é€
print("\U0001F600")            // expect: 😀
print("\u{41}\u{e9}\u{1F600}") // expect: Aé😀
print(#"\u00e9", #"\U0010FFFF", #"\u{0}") // expect: 2	4	1
