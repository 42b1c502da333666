print("never") /* no end
// expect compile error: block_comment_without_end.gs:
