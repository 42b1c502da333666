a := {1, 2; 3}
b := {1, 2,}
c := {1; 2;}
print(#a, #b, #c) // expect: 3	2	2
