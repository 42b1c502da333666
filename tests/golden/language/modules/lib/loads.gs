x := "module"
return load("return x")()
