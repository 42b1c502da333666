{
    func helper() {
        nothing()
    }
    helper()
}
// expect stderr: gscript: traceback_of_local_functions.gs:3: attempt to call a nil value (global 'nothing')
// expect stderr: stack traceback:
// expect stderr:     traceback_of_local_functions.gs:3: in function 'helper'
// expect stderr:     traceback_of_local_functions.gs:5: in main chunk
