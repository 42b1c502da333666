f := io.open(os.tmpname())
print(io.type(f), io.type(io.stdout), io.type({}), io.type(nil)) // expect: file	file	nil	nil
print(type(f), f:close())        // expect: userdata	true
print(io.type(f))                // expect: closed file
print(tostring(f))               // expect: file (closed)
