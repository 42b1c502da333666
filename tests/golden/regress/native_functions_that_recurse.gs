// Native functions that call native functions are calls like others: they end in an error, not in the end of the stack.
mt := {}
t := setmetatable({}, mt)
mt.__tostring = tostring
print(pcall(tostring, t)) // expect: false	native_functions_that_recurse.gs:5: stack overflow
mt.__len = len
print(pcall(len, t)) // expect: false	native_functions_that_recurse.gs:7: stack overflow
mt.__pairs = pairs
print(pcall(pairs, t)) // expect: false	native_functions_that_recurse.gs:9: stack overflow
mt.__call = pcall
results := {t()}
print(results[#results]) // expect: native_functions_that_recurse.gs:11: stack overflow
list := {}
for i := 1; i <= 1000; i++ { list[i] = pcall }
results = {pcall(unpack(list))}
print(results[#results]) // expect: native_functions_that_recurse.gs:15: stack overflow
