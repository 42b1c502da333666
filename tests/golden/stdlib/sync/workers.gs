// How many goroutines run at once.
n := sync.workers()
print(math.type(n), n >= 1 && n <= 64, n == sync.workers())
// expect: integer	true	true
