count := 0
count++
time.sleep(0.002)
s := 0
for i := range 10000 { s += i }
return {loads: func() { return count }}
