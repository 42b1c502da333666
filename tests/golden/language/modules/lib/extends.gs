func string.shout(s) { return s:upper() .. "!" }
