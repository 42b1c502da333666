var hidden = 0
return func() { hidden++; return hidden }
