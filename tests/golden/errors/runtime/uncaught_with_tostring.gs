error(setmetatable({}, {__tostring: func(e) { return "custom error" }}))
// expect runtime error: gscript: custom error
