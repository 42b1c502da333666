func f(x) { print("called " .. x); return 1, 2 }
(f(1));
((f(2)))
// expect: called 1
// expect: called 2
