count := 0
func tag() { count++; return 3 }
switch tag() { case 1: case 2: case 3: print("three", count) } // expect: three	1
