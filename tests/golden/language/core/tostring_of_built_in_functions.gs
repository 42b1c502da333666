print(print, type)          // expect: function: print	function: type
print(tostring(setmetatable)) // expect: function: setmetatable
