// Results of a native function lie behind its arguments; they are kept alive while the rest of them is made.
t := {}
for i := 1; i <= 1000; i++ { t[i] = i * 1000000000000000 }
u := {unpack(t)}
wrong := 0
for i := 1; i <= 1000; i++ { if u[i] != t[i] { wrong++ } }
print(#u, wrong) // expect: 1000	0
