x:=7
x+=3
y:=x*2-1%4/2
print(x,y)             // expect: 10	19.5
print(1<2&&2<=2||!true) // expect: true
print(#"abc"+1)        // expect: 4
