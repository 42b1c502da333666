func switch(x) { print("called with " .. x) }
switch(5);
switch("a")
// expect: called with 5
// expect: called with a
switch (7) { case 7: print("statement") } // expect: statement
