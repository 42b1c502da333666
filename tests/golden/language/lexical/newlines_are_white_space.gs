x
:=
1
+
2
print
(
x
)
// expect: 3
