flag := false
go func() { flag = true }()
for !flag { time.sleep(0) }
print("seen") // expect: seen
