print(type(tostring)) // expect: function
tostring = func(v) { return "mine" }
print(tostring(1))    // expect: mine
