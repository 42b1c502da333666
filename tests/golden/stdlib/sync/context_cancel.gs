c := sync.context()
print(c:err()) // expect: nil
c:cancel()
print(c:err()) // expect: canceled
v, ok := <-c:done()
print(v, ok)   // expect: nil	false
c:cancel("late reason")
print(c:err()) // expect: canceled
