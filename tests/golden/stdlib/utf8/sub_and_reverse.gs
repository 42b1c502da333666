print(utf8.sub("héllo", 2, 3), utf8.sub("héllo", -2), utf8.sub("né", 5) == "") // expect: él	lo	true
print(utf8.reverse("né€"), utf8.reverse("") == "") // expect: €én	true
print(utf8.sub("a\xffb", 2, 2) == "\u{fffd}", utf8.reverse("a\xffb") == "b\u{fffd}a") // expect: true	true
