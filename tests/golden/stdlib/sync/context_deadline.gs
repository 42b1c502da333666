c := sync.context(nil, 0.02)
<-c:done()
print(c:err()) // expect: deadline exceeded
