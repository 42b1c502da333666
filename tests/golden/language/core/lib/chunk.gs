x = x + 1
set_by_chunk = "here"
return x, "second"
