print(utf8.upper("straße é ж"), utf8.lower("ÀÉÎ ΣΟΦΟΣ")) // expect: STRAßE É Ж	àéî σοφοσ
print(utf8.upper("a\xffb") == "A\u{fffd}B") // expect: true
