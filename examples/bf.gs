// Brainfuck: a small compiler to instructions, and their interpreter.
// Shows: parsing with a stack, run-length folding, a switch as an instruction dispatcher, input and output of bytes.
//
//     gscript examples/bf.gs                        runs a built-in program that prints the squares up to 10000
//     gscript examples/bf.gs FILE                   runs a program; "," reads standard input, 0 at its end

const SQUARES = "++++[>+++++<-]>[<+++++>-]+<+[>[>+>+<<-]++>>[<<+>>-]>>>[-]++>[-]+>>>+[[-]++++++>>>]<<<" ..
    "[[<++++++++<++>>-]+<.<[>----<-]<]<<[>>>>>[>>>[-]+++++++++<[>-<-]+++++++++>[-[<->-]+[<<<]]<[>+<-]>]<<-]<<-]"
const TAPE = 30000

func fail(message) {
    io.stdout:flush()
    io.stderr:write("bf: ", message, "\n")
    os.exit(1)
}

// Gives two lists: operations and their operands. Runs of + - and of < > become one ADD or MOVE; a bracket's operand is
// the place of its partner; [-] becomes CLEAR.
func compile(source) {
    ops, operands, open := {}, {}, {}
    func emit(op, operand) {
        ops[#ops + 1] = op
        operands[#operands + 1] = operand
    }
    func fold(op, delta) {
        if ops[#ops] == op {
            operands[#operands] += delta
        } else {
            emit(op, delta)
        }
    }
    for position := 1; position <= #source; position++ {
        switch source:sub(position, position) {
        case "+": fold("ADD", 1)
        case "-": fold("ADD", -1)
        case ">": fold("MOVE", 1)
        case "<": fold("MOVE", -1)
        case ".": emit("OUT", 0)
        case ",": emit("IN", 0)
        case "[":
            emit("JUMP", position)
            open[#open + 1] = #ops
        case "]":
            start := table.remove(open)
            if !start {
                return nil, "']' at byte " .. position .. " without '['"
            }
            if start == #ops - 1 && ops[#ops] == "ADD" && operands[#ops] % 2 != 0 {
                ops[#ops], operands[#ops] = nil, nil      // an odd step always reaches 0
                ops[start], operands[start] = "CLEAR", 0
            } else {
                emit("BACK", start)
                operands[start] = #ops
            }
        }
    }
    if #open > 0 {
        return nil, "'[' at byte " .. operands[open[#open]] .. " without ']'"
    }
    return ops, operands
}

func run(ops, operands) {
    tape, cell, pc := {}, 1, 1
    for i := 1; i <= TAPE; i++ { tape[i] = 0 }
    count := #ops
    for pc <= count {
        operand := operands[pc]
        switch ops[pc] {
        case "ADD":
            tape[cell] = (tape[cell] + operand) & 255
        case "MOVE":
            cell += operand
            if cell < 1 || cell > TAPE {
                fail("the pointer left the tape")
            }
        case "JUMP":
            if tape[cell] == 0 { pc = operand }
        case "BACK":
            if tape[cell] != 0 { pc = operand }
        case "CLEAR":
            tape[cell] = 0
        case "OUT":
            io.write(string.char(tape[cell]))
        case "IN":
            tape[cell] = string.byte(io.read(1) || "\0")
        }
        pc++
    }
}

func main() {
    source := SQUARES
    if arg[1] {
        file, problem := io.open(arg[1])
        if !file {
            fail(problem)
        }
        source, problem = file:read("a")
        file:close()
        if !source {
            fail(problem || "cannot read " .. arg[1])
        }
    }
    ops, result := compile(source)
    if !ops {
        fail(result)
    }
    run(ops, result)
}

main()
