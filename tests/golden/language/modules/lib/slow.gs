loads := 1
time.sleep(0.02)
return {loads: loads}
