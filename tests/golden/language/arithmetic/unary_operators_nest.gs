print(- -5, !!1, ^ ^5)  // expect: 5	true	5
print(-#"abc", !#"")    // expect: -3	false
