x := nil
print(pcall(func() { return x < 1 })) // expect: false	comparison_has_no_names.gs:2: attempt to compare nil with number
