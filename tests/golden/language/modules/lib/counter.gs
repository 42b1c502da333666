count := 0
M := {}
func M.tick() { count++; return count }
return M
