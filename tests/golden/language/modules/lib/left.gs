time.sleep(0.01)
right := require("lib.right")
return {right: right}
