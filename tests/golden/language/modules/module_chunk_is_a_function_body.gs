print(require("lib.early")) // expect: early
