func minmax(a, b) { if a < b { return a, b }; return b, a }
lo, hi := minmax(5, 3)
print(lo, hi) // expect: 3	5
