func f() { return 1 < 2 < 3 }
print(pcall(f)) // expect: false	comparisons_do_not_chain.gs:1: attempt to compare boolean with number
print(1 == 1 == true, 2 > 1 != false) // expect: true	true
