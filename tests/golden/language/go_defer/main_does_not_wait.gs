go func() { <-make(chan); print("never") }()
print("main ends") // expect: main ends
