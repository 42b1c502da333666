print(json.decode(`"a\"b\\c\/d"`), #json.decode(`"\b\f\n\r\t"`)) // expect: a"b\c/d	5
print(json.decode(`"\u00e9\u20ac\ud83d\ude00"`), json.decode(`""`) == "") // expect: é€😀	true
print(json.decode(`"né 日本"`), json.decode(`"\u0000"`) == "\x00") // expect: né 日本	true
print(json.decode(`"x\ud800y"`)) // expect: nil	json: lone surrogate in an escape at line 1 column 3
