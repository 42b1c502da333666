return require("lib.circle_b")
