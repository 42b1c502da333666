t := setmetatable({own: 1}, {__index: {inherited: 2}})
for k, v := range t { print(k, v) } // expect: own	1
