f := io.open(os.tmpname())
f:close()
print(pcall(func() { f:read() }))           // expect: false	closed_files_raise.gs:3: attempt to use a closed file
print(pcall(func() { f:write("x") }))       // expect: false	closed_files_raise.gs:4: attempt to use a closed file
print(pcall(func() { f:lines() }))          // expect: false	closed_files_raise.gs:5: attempt to use a closed file
print(pcall(func() { f:seek() }))           // expect: false	closed_files_raise.gs:6: attempt to use a closed file
print(pcall(func() { f:flush() }))          // expect: false	closed_files_raise.gs:7: attempt to use a closed file
print(pcall(func() { f:setvbuf("no") }))    // expect: false	closed_files_raise.gs:8: attempt to use a closed file
print(pcall(func() { f:close() }))          // expect: false	closed_files_raise.gs:9: attempt to use a closed file
