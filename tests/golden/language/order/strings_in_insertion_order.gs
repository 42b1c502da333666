t := {}
for _, k := range {"zeta", "alpha", "mid", "beta"} { t[k] = #k }
for k, v := range t { print(k, v) }
// expect: zeta	4
// expect: alpha	5
// expect: mid	3
// expect: beta	4
