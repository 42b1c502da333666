// Case mapping is for ASCII letters only.
print(("Hello é É"):upper(), ("Hello é É"):lower()) // expect: HELLO é É	hello é É
print((""):upper() == "", ("ABC"):upper(), ("x"):upper()) // expect: true	ABC	X
