require("lib.noisy") // expect: loading noisy
require("lib.noisy")
