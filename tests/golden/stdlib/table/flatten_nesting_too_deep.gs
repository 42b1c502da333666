t := {}
t[1] = t
print(pcall(table.flatten, t)) // expect: false	flatten_nesting_too_deep.gs:3: bad argument #1 to 'table.flatten' (nesting too deep)
deep := {1}
for i := 1; i <= 1000; i++ { deep = {deep} }
print(table.flatten(deep)[1])  // expect: 1
