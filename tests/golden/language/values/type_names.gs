print(type(nil), type(true), type(false))    // expect: nil	boolean	boolean
print(type(1), type(1.5), type("s"))         // expect: number	number	string
print(type({}), type(func() {}), type(print)) // expect: table	function	function
print(type(coroutine.create(print)))         // expect: coroutine
print(type(make(chan)))                      // expect: channel
print(type(sync.mutex()))                    // expect: userdata
