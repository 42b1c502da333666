// exit: 0
