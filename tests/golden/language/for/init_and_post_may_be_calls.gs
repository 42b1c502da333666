n := 0
for print("init"); n < 2; print("post") { n++ }
// expect: init
// expect: post
// expect: post
