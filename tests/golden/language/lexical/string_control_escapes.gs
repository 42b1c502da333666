s := "\n\t\r\a\b\f\v"
print(s:byte(1, 7)) // expect: 10	9	13	7	8	12	11
print("a\\b")       // expect: a\b
print("say \"hi\"") // expect: say "hi"
print("it\'s")      // expect: it's
print(#"\'")        // expect: 1
