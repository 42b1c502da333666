x := -3
print(x<-1)
// expect compile error: longest_match_arrow_error.gs:2:
