// Divisions by variables, in loops that wait for what they give and in loops that do not, over operands of all sizes.
func divisors(n) {
    count := 0
    for d := 1; d <= n; d++ {
        if n % d == 0 { count++ }
    }
    return count
}
func common(a, b) {
    for b != 0 { a, b = b, a % b }
    return a
}
func rests(n, from, upto) {
    sum := 0
    for d := from; d <= upto; d++ {
        if d != 0 { sum += n % d * 3 + math.floor(n / d) }
    }
    return sum
}
var counts, commons = 0, 0
for n := 1; n <= 300; n++ {
    counts += divisors(n)
    commons += common(n * 36, 5040)
}
print(counts, commons) // expect: 1767	70632
const most = 4294967295
print(rests(most, 1, 400), rests(most, most - 400, most)) // expect: 28217746503	241001
print(rests(most + 1, 1, 400), rests(most + 1, most - 400, most + 2)) // expect: 28217746179	12885144093
print(rests(-most, 1, 400), rests(most, -200, 200), rests(-7, -200, 200)) // expect: -28217508361	-3388	51924
print(rests(1 << 40, 1, 400), rests(1 << 40, (1 << 39) - 200, (1 << 39) + 200)) // expect: 7223714186048	329853488393702

func by(n, d) {
    last := 0
    for i := 0; i < 300; i++ { last = (n + i) % d }
    return last
}
print(by(10, 7), by(most, 65537), by(10, -7), by(2.5, 2)) // expect: 1	299	-6	1.5
print(pcall(by, 10, 0)) // expect: false	divisions_in_loops.gs:34: attempt to perform 'n%0'
