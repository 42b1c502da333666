;;; x := 1;; print(x);
// expect: 1
;
func f() { ;; return 5; }
print(f()) // expect: 5
