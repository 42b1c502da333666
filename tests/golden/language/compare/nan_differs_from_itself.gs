nan := 0/0
print(nan == nan, nan != nan)   // expect: false	true
print(nan < nan, nan <= nan, nan > 1, nan >= 1, 1 < nan) // expect: false	false	false	false	false
print(!(nan < 1))               // expect: true
