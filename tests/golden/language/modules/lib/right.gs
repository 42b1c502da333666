time.sleep(0.01)
left := require("lib.left")
return {left: left}
