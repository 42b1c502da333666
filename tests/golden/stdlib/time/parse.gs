func show(...) { t := ...; return time.format(t, "%F %T %z") }
print(show(time.parse("2024-02-29", "%Y-%m-%d")))                 // expect: 2024-02-29 00:00:00 +0000
print(show(time.parse("Feb 29 2024 2:30pm", "Jan 2 2006 3:04pm"))) // expect: 2024-02-29 14:30:00 +0000
print(show(time.parse("2024-02-29T14:30:08.5+02:00", "2006-01-02T15:04:05Z07:00"))) // expect: 2024-02-29 14:30:08 +0200
print(show(time.parse("FEBRUARY 3", "%B %d")))                    // expect: 0001-02-03 00:00:00 +0000
print(time.parse("2024-02-30", "%F") == nil)                      // expect: true
print(time.parse("2024-02-29x", "%F") == nil)                     // expect: true
print(pcall(time.parse, "x", "%Q"))                               // expect: false	parse.gs:8: bad argument #2 to 'time.parse' (invalid conversion specifier '%Q')
print(time.parse("1709217008", "%s").unix)                        // expect: 1709217008.0
