print(table.concat({1, 2.5, "x"}))            // expect: 12.5x
print(table.concat({1, 2, 3}, ", "))          // expect: 1, 2, 3
print(table.concat({1, 2, 3, 4}, "-", 2, 3))  // expect: 2-3
print(table.concat({1, 2}, "-", 2))           // expect: 2
print(table.concat({}, "-") .. "|")           // expect: |
print(table.concat({"a"}, "-", 2) .. "|")     // expect: |
print(table.concat({"a", "b"}, 0))            // expect: a0b
print(table.concat({"", "", ""}, "."))        // expect: ..
