print("never")
#!/usr/bin/env gscript
// expect compile error: hash_bang_only_on_first_line.gs:2:
