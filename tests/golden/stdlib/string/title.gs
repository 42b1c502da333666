print(("hello big  world"):title(), ("élan vital"):title(), ("ALREADY it's"):title()) // expect: Hello Big  World	Élan Vital	ALREADY It's
print((""):title() == "", ("x\ty"):title() == "X\tY") // expect: true	true
