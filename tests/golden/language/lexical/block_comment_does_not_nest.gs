/* outer /* inner */ print("runs") // expect: runs
/* // */ print("also runs") // expect: also runs
