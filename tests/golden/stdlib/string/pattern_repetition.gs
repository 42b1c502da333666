print(("aaab"):match("a*"), ("aaab"):match("a-b"), ("aaab"):match("a?b"), ("b"):match("a?b")) // expect: aaa	aaab	ab	b
print(("<<a>>"):match("<(.-)>"), ("<<a>>"):match("<(.*)>")) // expect: <a	<a>
print(("aab"):match("a+ab"), ("ab"):match("a+ab"), ("xay"):match("a*")=="" ) // expect: aab	nil	true
print(("(a)*"):match("(a)%*") == nil, ("a*"):match("(a)*")) // expect: true	a
