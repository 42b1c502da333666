x := 1 ﻿
// expect compile error: byte_order_mark_elsewhere_is_an_error.gs:1:
