func depth(n) { if n == 0 { return 0 }; return 1 + depth(n - 1) }
print(depth(99999)) // expect: 99999
// skip gc-stress: a hundred thousand frames at every collection
