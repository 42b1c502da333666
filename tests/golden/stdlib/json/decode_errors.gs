func try(s) { print(json.decode(s)) }
try("") // expect: nil	json: unexpected end of text at line 1 column 1
try("[1,2") // expect: nil	json: unexpected end of text at line 1 column 5
try("[1 2]") // expect: nil	json: ',' or ']' expected at line 1 column 4
try("{\n  \"a\": x}") // expect: nil	json: value expected at line 2 column 8
try("{a:1}") // expect: nil	json: key expected at line 1 column 2
try("{\"a\" 1}") // expect: nil	json: ':' expected at line 1 column 6
try("{\"a\":1,}") // expect: nil	json: key expected at line 1 column 8
try("[1,]") // expect: nil	json: value expected at line 1 column 4
try("1 2") // expect: nil	json: text after the value at line 1 column 3
try("01") // expect: nil	json: number with a leading zero at line 1 column 1
try("1.") // expect: nil	json: unexpected end of text at line 1 column 3
try("-x") // expect: nil	json: digit expected at line 1 column 2
try("1e+") // expect: nil	json: unexpected end of text at line 1 column 4
try("nul") // expect: nil	json: value expected at line 1 column 1
try("truex") // expect: nil	json: text after the value at line 1 column 5
try(`"abc`) // expect: nil	json: unexpected end of text at line 1 column 5
try("\"a\nb\"") // expect: nil	json: control character in a string at line 1 column 3
try(`"\x"`) // expect: nil	json: invalid escape at line 1 column 3
try("\"é\xff\"") // expect: nil	json: invalid UTF-8 at line 1 column 3
try("NaN") // expect: nil	json: value expected at line 1 column 1
try("[}") // expect: nil	json: value expected at line 1 column 2
try("'a'") // expect: nil	json: value expected at line 1 column 1
