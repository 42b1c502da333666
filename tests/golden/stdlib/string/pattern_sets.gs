print(("a]b"):match("[]]"), ("a]b"):match("[^]]+"), ("a-b"):match("[a-]+")) // expect: ]	a	a-
print(("x-y_z"):match("[%w_-]+"), ("0x1F"):match("0[xX](%x+)")) // expect: x-y_z	1F
print(("a^b"):match("[b^]+"), ("a%b"):match("[%%]"), ("abc"):match("[c-a]")) // expect: ^b	%	nil
print(("[x]"):match("%[(.-)%]"), ("tab\there"):match("[\t]") == "\t") // expect: x	true
