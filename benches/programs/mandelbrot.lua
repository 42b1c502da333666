-- Counts the points of a grid that belong to the Mandelbrot set.
local function mandelbrot(size, limit)
  local inside, steps = 0, 0
  for py = 0, size - 1 do
    local ci = 2.0 * py / size - 1.0
    for px = 0, size - 1 do
      local cr = 2.0 * px / size - 1.5
      local zr, zi = 0.0, 0.0
      local n = 0
      while n < limit do
        local r2, i2 = zr * zr, zi * zi
        if r2 + i2 > 4.0 then break end
        zi = 2.0 * zr * zi + ci
        zr = r2 - i2 + cr
        n = n + 1
      end
      steps = steps + n
      if n == limit then inside = inside + 1 end
    end
  end
  return inside, steps
end

local inside, steps = mandelbrot(800, 200)
print(string.format("%d %d", inside, steps))
