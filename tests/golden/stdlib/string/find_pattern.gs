print(("hello world"):find("l+")) // expect: 3	4
print(("key = value"):find("(%w+)%s*=%s*(%w+)")) // expect: 1	11	key	value
print(("hello"):find("()ll()")) // expect: 3	4	3	5
print(("  x"):find("^%s*")) // expect: 1	2
print(("abc"):find("^b"), ("abc"):find("^b", 2)) // expect: nil	2	2
print(("abc"):find("b$"), ("abc"):find("c$")) // expect: nil	3	3
print(("a$b"):find("$b"), ("a^b"):find("a^")) // expect: 2	1	2
