body := ("x = x + 1\n"):rep(5000)
x := 0
load("for i := 0; i < 2; i++ { if i == 0 {\n" .. body .. "} else {\n" .. body .. "} }")()
print(x) // expect: 10000
