return require("lib.counter").tick()
