print(!nil, !false, !0, !"", !{}) // expect: true	true	false	false	false
