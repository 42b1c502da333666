#!/usr/bin/env gscript
print("ran") // expect: ran
