o := sync.once()
ch := make(chan)
for range 3 { go func() { ch <- o:do(func() { time.sleep(0.01); return "value" }) }() }
print(<-ch, <-ch, <-ch) // expect: value	value	value
