name, path := require("lib.arguments")()
print(name)                       // expect: lib.arguments
print(path:gsub("\\", "/"):sub(-16)) // expect: lib/arguments.gs
