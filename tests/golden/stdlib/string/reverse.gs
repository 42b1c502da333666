print(("abc"):reverse(), (""):reverse() == "", ("a\x00b"):reverse() == "b\x00a") // expect: cba	true	true
