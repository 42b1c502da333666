func f(a, b) { return a % b }
print(pcall(f, 5, 0)) // expect: false	integer_modulo_zero_raises.gs:1: attempt to perform 'n%0'
print(pcall(f, 0, 0)) // expect: false	integer_modulo_zero_raises.gs:1: attempt to perform 'n%0'
