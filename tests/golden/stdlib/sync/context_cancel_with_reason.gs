c := sync.context()
c:cancel("shutting down")
print(c:err()) // expect: shutting down
