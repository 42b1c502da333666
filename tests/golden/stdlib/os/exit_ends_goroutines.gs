// exit: 5
go func() { for { time.sleep(0.001) } }()
go func() { time.sleep(0.005); print("bye"); os.exit(5) }() // expect: bye
time.sleep(60)
