-- The DeltaBlue benchmark: an incremental solver of one-way constraints with strengths.
local insert, remove = table.insert, table.remove

local function class(base)
  local c = {}
  c.__index = c
  if base then setmetatable(c, {__index = base}) end
  return c
end

-- Strengths: a smaller value is a stronger constraint.
local Strength = class(nil)

function Strength.new(value, name)
  return setmetatable({value = value, name = name}, Strength)
end

local REQUIRED = Strength.new(0, "required")
local STRONG_PREFERRED = Strength.new(1, "strongPreferred")
local PREFERRED = Strength.new(2, "preferred")
local STRONG_DEFAULT = Strength.new(3, "strongDefault")
local NORMAL = Strength.new(4, "normal")
local WEAK_DEFAULT = Strength.new(5, "weakDefault")
local WEAKEST = Strength.new(6, "weakest")
local NEXT_WEAKER = {
  [0] = STRONG_PREFERRED, [1] = PREFERRED, [2] = STRONG_DEFAULT, [3] = NORMAL, [4] = WEAK_DEFAULT, [5] = WEAKEST,
}

local function stronger(a, b)
  return a.value < b.value
end

local function weaker(a, b)
  return a.value > b.value
end

local function weakest_of(a, b)
  if weaker(a, b) then return a end
  return b
end

-- Directions of a constraint between two variables.
local NONE, FORWARD, BACKWARD = 0, 1, -1

local planner

-- A constraint: what all kinds share.
local Constraint = class(nil)

function Constraint:add_constraint()
  self:add_to_graph()
  planner:incremental_add(self)
end

function Constraint:satisfy(mark)
  self:choose_method(mark)
  if not self:is_satisfied() then
    if self.strength == REQUIRED then error("could not satisfy a required constraint") end
    return nil
  end
  self:mark_inputs(mark)
  local out = self:output()
  local overridden = out.determined_by
  if overridden then overridden:mark_unsatisfied() end
  out.determined_by = self
  if not planner:add_propagate(self, mark) then error("cycle") end
  out.mark = mark
  return overridden
end

function Constraint:destroy_constraint()
  if self:is_satisfied() then planner:incremental_remove(self) end
  self:remove_from_graph()
end

function Constraint:is_input()
  return false
end

-- A constraint on one variable.
local Unary = class(Constraint)

local function init_unary(c, v, strength)
  c.strength = strength
  c.my_output = v
  c.satisfied = false
  c:add_constraint()
  return c
end

function Unary:add_to_graph()
  self.my_output:add_constraint(self)
  self.satisfied = false
end

function Unary:choose_method(mark)
  local out = self.my_output
  self.satisfied = out.mark ~= mark and stronger(self.strength, out.walk_strength)
end

function Unary:is_satisfied()
  return self.satisfied
end

function Unary:mark_inputs(mark)
end

function Unary:output()
  return self.my_output
end

function Unary:recalculate()
  local out = self.my_output
  out.walk_strength = self.strength
  out.stay = not self:is_input()
  if out.stay then self:execute() end
end

function Unary:mark_unsatisfied()
  self.satisfied = false
end

function Unary:inputs_known(mark)
  return true
end

function Unary:remove_from_graph()
  if self.my_output then self.my_output:remove_constraint(self) end
  self.satisfied = false
end

-- Keeps a variable as it is.
local Stay = class(Unary)

function Stay.new(v, strength)
  return init_unary(setmetatable({}, Stay), v, strength)
end

function Stay:execute()
end

-- Marks a variable that the client changes.
local Edit = class(Unary)

function Edit.new(v, strength)
  return init_unary(setmetatable({}, Edit), v, strength)
end

function Edit:is_input()
  return true
end

function Edit:execute()
end

-- A constraint between two variables, which can be solved in either direction.
local Binary = class(Constraint)

local function init_binary(c, v1, v2, strength)
  c.strength = strength
  c.v1 = v1
  c.v2 = v2
  c.direction = NONE
  c:add_constraint()
  return c
end

function Binary:choose_method(mark)
  local v1, v2 = self.v1, self.v2
  if v1.mark == mark then
    if v2.mark ~= mark and stronger(self.strength, v2.walk_strength) then
      self.direction = FORWARD
    else
      self.direction = NONE
    end
    return
  end
  if v2.mark == mark then
    if stronger(self.strength, v1.walk_strength) then
      self.direction = BACKWARD
    else
      self.direction = NONE
    end
    return
  end
  if weaker(v1.walk_strength, v2.walk_strength) then
    if stronger(self.strength, v1.walk_strength) then
      self.direction = BACKWARD
    else
      self.direction = NONE
    end
  elseif stronger(self.strength, v2.walk_strength) then
    self.direction = FORWARD
  else
    self.direction = BACKWARD
  end
end

function Binary:add_to_graph()
  self.v1:add_constraint(self)
  self.v2:add_constraint(self)
  self.direction = NONE
end

function Binary:is_satisfied()
  return self.direction ~= NONE
end

function Binary:mark_inputs(mark)
  self:input().mark = mark
end

function Binary:input()
  if self.direction == FORWARD then return self.v1 end
  return self.v2
end

function Binary:output()
  if self.direction == FORWARD then return self.v2 end
  return self.v1
end

function Binary:recalculate()
  local from, out = self:input(), self:output()
  out.walk_strength = weakest_of(self.strength, from.walk_strength)
  out.stay = from.stay
  if out.stay then self:execute() end
end

function Binary:mark_unsatisfied()
  self.direction = NONE
end

function Binary:inputs_known(mark)
  local from = self:input()
  return from.mark == mark or from.stay or from.determined_by == nil
end

function Binary:remove_from_graph()
  if self.v1 then self.v1:remove_constraint(self) end
  if self.v2 then self.v2:remove_constraint(self) end
  self.direction = NONE
end

-- v2 = v1 * scale + offset, with scale and offset as variables too.
local Scale = class(Binary)

function Scale.new(src, scale, offset, dest, strength)
  return init_binary(setmetatable({scale = scale, offset = offset}, Scale), src, dest, strength)
end

function Scale:add_to_graph()
  Binary.add_to_graph(self)
  self.scale:add_constraint(self)
  self.offset:add_constraint(self)
end

function Scale:remove_from_graph()
  Binary.remove_from_graph(self)
  if self.scale then self.scale:remove_constraint(self) end
  if self.offset then self.offset:remove_constraint(self) end
end

function Scale:mark_inputs(mark)
  Binary.mark_inputs(self, mark)
  self.scale.mark = mark
  self.offset.mark = mark
end

function Scale:execute()
  if self.direction == FORWARD then
    self.v2.value = self.v1.value * self.scale.value + self.offset.value
  else
    self.v1.value = (self.v2.value - self.offset.value) / self.scale.value
  end
end

function Scale:recalculate()
  local from, out = self:input(), self:output()
  out.walk_strength = weakest_of(self.strength, from.walk_strength)
  out.stay = from.stay and self.scale.stay and self.offset.stay
  if out.stay then self:execute() end
end

-- v1 = v2
local Equality = class(Binary)

function Equality.new(v1, v2, strength)
  return init_binary(setmetatable({}, Equality), v1, v2, strength)
end

function Equality:execute()
  self:output().value = self:input().value
end

-- A constrained variable.
local Variable = class(nil)

function Variable.new(name, value)
  return setmetatable({
    name = name, value = value, constraints = {}, determined_by = nil, mark = 0, walk_strength = WEAKEST, stay = true,
  }, Variable)
end

function Variable:add_constraint(c)
  insert(self.constraints, c)
end

function Variable:remove_constraint(c)
  local list = self.constraints
  local kept = 0
  local n = #list
  for i = 1, n do
    local other = list[i]
    if other ~= c then
      kept = kept + 1
      list[kept] = other
    end
  end
  for i = kept + 1, n do
    list[i] = nil
  end
  if self.determined_by == c then self.determined_by = nil end
end

-- A plan: constraints in the order in which to execute them.
local Plan = class(nil)

function Plan.new()
  return setmetatable({list = {}}, Plan)
end

function Plan:add(c)
  insert(self.list, c)
end

function Plan:execute()
  local list = self.list
  for i = 1, #list do
    list[i]:execute()
  end
end

local Planner = class(nil)

function Planner.new()
  return setmetatable({current_mark = 0}, Planner)
end

function Planner:new_mark()
  self.current_mark = self.current_mark + 1
  return self.current_mark
end

function Planner:incremental_add(c)
  local mark = self:new_mark()
  local overridden = c:satisfy(mark)
  while overridden do
    overridden = overridden:satisfy(mark)
  end
end

function Planner:incremental_remove(c)
  local out = c:output()
  c:mark_unsatisfied()
  c:remove_from_graph()
  local unsatisfied = self:remove_propagate_from(out)
  local strength = REQUIRED
  repeat
    for i = 1, #unsatisfied do
      local u = unsatisfied[i]
      if u.strength == strength then self:incremental_add(u) end
    end
    strength = NEXT_WEAKER[strength.value]
  until strength == WEAKEST
end

function Planner:make_plan(sources)
  local mark = self:new_mark()
  local plan = Plan.new()
  local todo = sources
  while #todo > 0 do
    local c = remove(todo)
    if c:output().mark ~= mark and c:inputs_known(mark) then
      plan:add(c)
      c:output().mark = mark
      self:add_consuming_to(c:output(), todo)
    end
  end
  return plan
end

function Planner:extract_plan(constraints)
  local sources = {}
  for i = 1, #constraints do
    local c = constraints[i]
    if c:is_input() and c:is_satisfied() then insert(sources, c) end
  end
  return self:make_plan(sources)
end

function Planner:add_propagate(c, mark)
  local todo = {c}
  while #todo > 0 do
    local d = remove(todo)
    if d:output().mark == mark then
      self:incremental_remove(c)
      return false
    end
    d:recalculate()
    self:add_consuming_to(d:output(), todo)
  end
  return true
end

function Planner:remove_propagate_from(out)
  out.determined_by = nil
  out.walk_strength = WEAKEST
  out.stay = true
  local unsatisfied = {}
  local todo = {out}
  while #todo > 0 do
    local v = remove(todo)
    local list = v.constraints
    for i = 1, #list do
      local c = list[i]
      if not c:is_satisfied() then insert(unsatisfied, c) end
    end
    local determining = v.determined_by
    for i = 1, #list do
      local next = list[i]
      if next ~= determining and next:is_satisfied() then
        next:recalculate()
        insert(todo, next:output())
      end
    end
  end
  return unsatisfied
end

function Planner:add_consuming_to(v, list)
  local determining = v.determined_by
  local constraints = v.constraints
  for i = 1, #constraints do
    local c = constraints[i]
    if c ~= determining and c:is_satisfied() then insert(list, c) end
  end
end

local function change(v, value)
  local edit = Edit.new(v, PREFERRED)
  local plan = planner:extract_plan({edit})
  for i = 1, 10 do
    v.value = value
    plan:execute()
  end
  edit:destroy_constraint()
end

-- A long chain of equalities, with an edit at one end and a stay at the other.
local function chain_test(n)
  planner = Planner.new()
  local first, last, previous
  for i = 0, n do
    local v = Variable.new("v" .. i, 0)
    if previous then Equality.new(previous, v, REQUIRED) end
    if i == 0 then first = v end
    if i == n then last = v end
    previous = v
  end
  Stay.new(last, STRONG_DEFAULT)
  local edit = Edit.new(first, PREFERRED)
  local plan = planner:extract_plan({edit})
  local sum = 0
  for i = 0, 99 do
    first.value = i
    plan:execute()
    if last.value ~= i then error("chain test failed") end
    sum = sum + last.value
  end
  return sum
end

-- Two sets of variables related by scale and offset; each is changed from either side.
local function projection_test(n)
  planner = Planner.new()
  local scale, offset = Variable.new("scale", 10), Variable.new("offset", 1000)
  local src, dst
  local dests = {}
  for i = 0, n - 1 do
    src = Variable.new("src", i)
    dst = Variable.new("dst", i)
    insert(dests, dst)
    Stay.new(src, NORMAL)
    Scale.new(src, scale, offset, dst, REQUIRED)
  end
  change(src, 17)
  if dst.value ~= 1170 then error("projection 1 failed") end
  change(dst, 1050)
  if src.value ~= 5 then error("projection 2 failed") end
  change(scale, 5)
  for i = 0, n - 2 do
    if dests[i + 1].value ~= i * 5 + 1000 then error("projection 3 failed") end
  end
  change(offset, 2000)
  local sum = 0
  for i = 0, n - 2 do
    if dests[i + 1].value ~= i * 5 + 2000 then error("projection 4 failed") end
    sum = sum + dests[i + 1].value
  end
  return sum
end

local sum = 0
for round = 1, 360 do
  sum = sum + chain_test(100) + projection_test(100)
end
print(string.format("%d", sum))
