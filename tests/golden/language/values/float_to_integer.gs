print(3.0 | 0, -2.0 | 0)      // expect: 3	-2
print(("x"):rep(2.0))         // expect: xx
print(2 ** 53 | 0)            // expect: 9007199254740992
func f(x) { return x + 0 | 0 }
print(pcall(f, 2.5))          // expect: false	float_to_integer.gs:4: number has no integer representation
print(pcall(f, 2 ** 63))      // expect: false	float_to_integer.gs:4: number has no integer representation
print(pcall(f, 1/0))          // expect: false	float_to_integer.gs:4: number has no integer representation
print(pcall(f, 0/0))          // expect: false	float_to_integer.gs:4: number has no integer representation
print(f(-(2 ** 63)))          // expect: -9223372036854775808
