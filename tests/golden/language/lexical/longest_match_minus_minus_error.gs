a := 5
b := 2
print(a--b)
// expect compile error: longest_match_minus_minus_error.gs:3:
