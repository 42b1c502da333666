print(os.date("!%Y-%m-%d %H:%M:%S", 1709217008))       // expect: 2024-02-29 14:30:08
print(os.date("!%c", 0))                               // expect: Thu Jan  1 00:00:00 1970
print(os.date("!%A %a %B %b %d %e %j %p %I %y %C", 86400)) // expect: Friday Fri January Jan 02  2 002 AM 12 70 19
print(os.date("!%D %F %T %R %x %X %Z %z %s %u %w %%", 0)) // expect: 01/01/70 1970-01-01 00:00:00 00:00 01/01/70 00:00:00 UTC +0000 0 4 4 %
print(os.date("!%U %W %V %G", 1609459200))              // expect: 00 00 53 2020
print(os.date("!", 0) == "", #os.date() > 20)           // expect: true	true
