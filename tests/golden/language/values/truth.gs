func t(v) { if v { return "true" }; return "false" }
print(t(nil), t(false))            // expect: false	false
print(t(0), t(0.0), t(""), t(0/0)) // expect: true	true	true	true
print(t({}), t(print), t("false")) // expect: true	true	true
