a := ("a"):rep(1000)
print(pcall(string.match, a, ("a?"):rep(300))) // expect: false	pattern_too_complex.gs:2: pattern too complex
print(#a:match(("a?"):rep(150)), #a:match(("a"):rep(900))) // expect: 150	900
print(select("#", ("x"):match(("()"):rep(32)))) // expect: 32
