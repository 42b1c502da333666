func total(shop) {
    return shop.cart.price
}
func report(shop) {
    print("before") // expect: before
    return total(shop)
}
report({})
// expect stderr: gscript: traceback_of_declared_functions.gs:2: attempt to index a nil value (field 'cart')
// expect stderr: stack traceback:
// expect stderr:     traceback_of_declared_functions.gs:2: in function 'total'
// expect stderr:     traceback_of_declared_functions.gs:6: in function 'report'
// expect stderr:     traceback_of_declared_functions.gs:8: in main chunk
