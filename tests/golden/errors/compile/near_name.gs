x := 1
print(x y)
// expect compile error: near_name.gs:2:9:
// expect compile error: near 'y'
