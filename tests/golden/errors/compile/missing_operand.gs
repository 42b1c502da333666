x := 1 +
// expect compile error: missing_operand.gs:
