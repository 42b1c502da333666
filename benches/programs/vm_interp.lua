-- A register machine interpreted by a loop: three small programs for it.
local LOAD, MOVE, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, JUMP_IF, STORE, FETCH, PRINT, HALT =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14

-- Code is flat: four cells an instruction. Jump targets are positions of cells.
local function run(code, output)
  local r, memory = {}, {}
  for i = 1, 16 do
    r[i] = 0
  end
  local pc, steps = 1, 0
  while true do
    local op, a, b, c = code[pc], code[pc + 1], code[pc + 2], code[pc + 3]
    pc = pc + 4
    steps = steps + 1
    if op == LOAD then
      r[a] = b
    elseif op == MOVE then
      r[a] = r[b]
    elseif op == ADD then
      r[a] = r[b] + r[c]
    elseif op == SUB then
      r[a] = r[b] - r[c]
    elseif op == MUL then
      r[a] = r[b] * r[c]
    elseif op == MOD then
      r[a] = r[b] % r[c]
    elseif op == LESS then
      r[a] = r[b] < r[c] and 1 or 0
    elseif op == EQUAL then
      r[a] = r[b] == r[c] and 1 or 0
    elseif op == JUMP then
      pc = a
    elseif op == JUMP_IF then
      if r[a] ~= 0 then pc = b end
    elseif op == STORE then
      memory[r[a]] = r[b]
    elseif op == FETCH then
      r[a] = memory[r[b]] or 0
    elseif op == PRINT then
      output[#output + 1] = r[a]
    else
      return steps
    end
  end
end

local function assemble(lines)
  local code, labels = {}, {}
  local n = 0
  for i = 1, #lines do
    local line = lines[i]
    if type(line) == "string" then
      labels[line] = n + 1
    else
      for j = 1, 4 do
        code[n + j] = line[j] or 0
      end
      n = n + 4
    end
  end
  for i = 1, n do
    if type(code[i]) == "string" then code[i] = labels[code[i]] end
  end
  return code
end

-- Sum of i * i % 7 for i below a limit.
local sums = assemble({
  {LOAD, 1, 0}, {LOAD, 2, 0}, {LOAD, 3, 1}, {LOAD, 4, 400000}, {LOAD, 5, 7},
  "loop", {MUL, 6, 2, 2}, {MOD, 6, 6, 5}, {ADD, 1, 1, 6}, {ADD, 2, 2, 3}, {LESS, 7, 2, 4}, {JUMP_IF, 7, "loop"},
  {PRINT, 1}, {HALT},
})

-- A sieve in memory that counts primes.
local primes = assemble({
  {LOAD, 1, 2}, {LOAD, 2, 60000}, {LOAD, 3, 1}, {LOAD, 8, 0},
  "next", {FETCH, 4, 1}, {JUMP_IF, 4, "skip"}, {ADD, 8, 8, 3}, {ADD, 5, 1, 1},
  "mark", {LESS, 6, 5, 2}, {EQUAL, 7, 6, 9}, {JUMP_IF, 7, "skip"}, {STORE, 5, 3}, {ADD, 5, 5, 1}, {JUMP, "mark"},
  "skip", {ADD, 1, 1, 3}, {LESS, 6, 1, 2}, {JUMP_IF, 6, "next"},
  {PRINT, 8}, {HALT},
})

-- Fibonacci numbers modulo a million, many times.
local fibs = assemble({
  {LOAD, 1, 0}, {LOAD, 2, 1}, {LOAD, 3, 0}, {LOAD, 4, 1}, {LOAD, 5, 400000}, {LOAD, 6, 1000000},
  "loop", {ADD, 7, 1, 2}, {MOD, 7, 7, 6}, {MOVE, 1, 2}, {MOVE, 2, 7},
  {ADD, 3, 3, 4}, {LESS, 8, 3, 5}, {JUMP_IF, 8, "loop"},
  {PRINT, 1}, {HALT},
})

local output, steps = {}, 0
for round = 1, 3 do
  steps = steps + run(sums, output) + run(primes, output) + run(fibs, output)
end
print(string.format("%d %d %d %d", steps, output[1], output[2], output[3]))
