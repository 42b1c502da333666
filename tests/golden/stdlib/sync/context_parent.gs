parent := sync.context()
child := sync.context(parent)
parent:cancel()
<-child:done()
print(child:err()) // expect: canceled
other := sync.context()
leaf := sync.context(other)
leaf:cancel()
print(leaf:err(), other:err()) // expect: canceled	nil
