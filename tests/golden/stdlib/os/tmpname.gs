a, b := os.tmpname(), os.tmpname()
print(a != b, io.open(a):read("a") == "") // expect: true	true
os.remove(a)
os.remove(b)
