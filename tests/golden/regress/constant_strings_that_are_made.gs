// Strings that were made, not written, are equal to others of the same bytes wherever they are kept.
made := "ab" .. string.rep("c", 50)
func is_made(s) { return s == made }
func is_literal() { return made == "abcccccccccccccccccccccccccccccccccccccccccccccccccc" }
Class := {}
Class.__index = Class
Class.tag = "x" .. string.rep("y", 45)
func has_tag(o, s) { return o.tag == s }
func has_literal(o) { return o.tag == "xyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" }
func keyed(t) { return t[made] }
object, by_key := setmetatable({}, Class), {}
by_key["ab" .. string.rep("c", 50)] = "found"
right := 0
for i := 1; i <= 1000; i++ {
    if is_made("ab" .. string.rep("c", 50)) && is_literal() { right++ }
    if has_tag(object, "x" .. string.rep("y", 45)) && has_literal(object) { right++ }
    if keyed(by_key) == "found" { right++ }
    if is_made("ab") || has_tag(object, "x") { right-- }
}
print(right)  // expect: 3000
