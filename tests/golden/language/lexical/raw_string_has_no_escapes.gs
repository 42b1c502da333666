print(`a\nb`)         // expect: a\nb
print(`"quoted" 'x'`) // expect: "quoted" 'x'
print(#`\`)           // expect: 1
print(#``)            // expect: 0
