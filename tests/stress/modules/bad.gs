time.sleep(0.001)
error("bad module")
