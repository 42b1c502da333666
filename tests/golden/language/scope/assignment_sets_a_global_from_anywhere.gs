func set() { answer = 42 }
print(answer) // expect: nil
set()
print(answer) // expect: 42
{ answer = 43 }
print(answer) // expect: 43
