-- Benchmark: perft 3 from the opening, then a search of fixed depth from three positions. Prints counts and moves only,
-- so that the output of every implementation must be the same.
local here = arg and arg[0] and arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local board = require("board")
local movegen = require("movegen")
local search = require("search")
local ttable = require("ttable")

local POSITIONS = {
  { "opening", board.OPENING, 6 },
  { "middle game", "2bakab2/9/1cn1c3n/p1p1p1p1p/9/2P2r3/P3P1P1P/C1N1B1C1N/7R1/3AKAB2 w", 6 },
  { "end game", "3ak1b2/4a4/4b4/4p1P2/5R3/3c5/3r5/3AB3N/3K5/5AB2 w", 7 },
}

local function main()
  for depth = 1, 3 do
    print(string.format("perft %d: %d", depth, movegen.perft(assert(board.fromFen(board.OPENING)), depth)))
  end
  for _, entry in ipairs(POSITIONS) do
    local pos = assert(board.fromFen(entry[2]))
    local s = search.new(pos, ttable.new(65536))
    local move, score, depth = search.run(s, 1, entry[3])
    print(string.format("%s: depth %d, best %s, score %d, nodes %d",
      entry[1], depth, board.moveName(move), score, s.nodes))
  end
end

main()
