ch, out := make(chan), make(chan)
for range 2 { go func() { v, ok := <-ch; out <- tostring(v) .. tostring(ok) }() }
close(ch)
print(<-out, <-out) // expect: nilfalse	nilfalse
