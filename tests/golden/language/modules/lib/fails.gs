n := (string.fail_count || 0) + 1
string.fail_count = n
error("failed " .. n)
