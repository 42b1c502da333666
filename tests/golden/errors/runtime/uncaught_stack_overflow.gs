func deep() { return 1 + deep() }
deep()
// expect runtime error: stack overflow
// skip gc-stress: collects at every one of the calls up to the limit
