print(require("lib.noisy"))
// expect: loading noisy
// expect: true
print(require("lib.returns_nil"), require("lib.returns_nil")) // expect: true	true
