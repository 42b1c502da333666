print(require("lib.deep.inner.leaf")) // expect: leaf
