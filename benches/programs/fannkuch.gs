// Pancake flipping over all permutations.
func fannkuch(n) {
    p, q, s := {}, {}, {}
    sign, max_flips, sum := 1, 0, 0
    for i := 1; i <= n; i++ {
        p[i] = i
        q[i] = i
        s[i] = i
    }
    for {
        q0 := p[1]
        if q0 != 1 {
            for i := 2; i <= n; i++ {
                q[i] = p[i]
            }
            flips := 1
            for {
                qq := q[q0]
                if qq == 1 {
                    sum += sign * flips
                    if flips > max_flips { max_flips = flips }
                    break
                }
                q[q0] = q0
                if q0 >= 4 {
                    i, j := 2, q0 - 1
                    for i < j {
                        q[i], q[j] = q[j], q[i]
                        i++
                        j--
                    }
                }
                q0 = qq
                flips++
            }
        }
        if sign == 1 {
            p[1], p[2] = p[2], p[1]
            sign = -1
        } else {
            p[2], p[3] = p[3], p[2]
            sign = 1
            i := 3
            for {
                sx := s[i]
                if sx != 1 {
                    s[i] = sx - 1
                    break
                }
                if i == n { return sum, max_flips }
                s[i] = i
                t := p[1]
                for j := 1; j <= i; j++ {
                    p[j] = p[j + 1]
                }
                i++
                p[i] = t
            }
        }
    }
}

var sum, flips = fannkuch(10)
print(string.format("%d %d", sum, flips))
