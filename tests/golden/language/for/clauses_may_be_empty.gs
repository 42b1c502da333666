i := 0
for ; i < 2; { i++ }
print(i) // expect: 2
for ;; { i++; if i > 4 { break } }
print(i) // expect: 5
for ; i < 7; i++ {}
print(i) // expect: 7
for j := 0; ; j++ { if j == 3 { print(j); break } } // expect: 3
