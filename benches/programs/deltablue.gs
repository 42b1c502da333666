// The DeltaBlue benchmark: an incremental solver of one-way constraints with strengths.
const insert, remove = table.insert, table.remove

func class(base) {
    c := {}
    c.__index = c
    if base { setmetatable(c, {__index: base}) }
    return c
}

// Strengths: a smaller value is a stronger constraint.
const Strength = class(nil)

func Strength.new(value, name) {
    return setmetatable({value: value, name: name}, Strength)
}

const REQUIRED = Strength.new(0, "required")
const STRONG_PREFERRED = Strength.new(1, "strongPreferred")
const PREFERRED = Strength.new(2, "preferred")
const STRONG_DEFAULT = Strength.new(3, "strongDefault")
const NORMAL = Strength.new(4, "normal")
const WEAK_DEFAULT = Strength.new(5, "weakDefault")
const WEAKEST = Strength.new(6, "weakest")
const NEXT_WEAKER = {
    [0]: STRONG_PREFERRED, [1]: PREFERRED, [2]: STRONG_DEFAULT, [3]: NORMAL, [4]: WEAK_DEFAULT, [5]: WEAKEST,
}

func stronger(a, b) {
    return a.value < b.value
}

func weaker(a, b) {
    return a.value > b.value
}

func weakest_of(a, b) {
    if weaker(a, b) { return a }
    return b
}

// Directions of a constraint between two variables.
const NONE, FORWARD, BACKWARD = 0, 1, -1

var planner

// A constraint: what all kinds share.
const Constraint = class(nil)

func Constraint:add_constraint() {
    self:add_to_graph()
    planner:incremental_add(self)
}

func Constraint:satisfy(mark) {
    self:choose_method(mark)
    if !self:is_satisfied() {
        if self.strength == REQUIRED { error("could not satisfy a required constraint") }
        return nil
    }
    self:mark_inputs(mark)
    out := self:output()
    overridden := out.determined_by
    if overridden { overridden:mark_unsatisfied() }
    out.determined_by = self
    if !planner:add_propagate(self, mark) { error("cycle") }
    out.mark = mark
    return overridden
}

func Constraint:destroy_constraint() {
    if self:is_satisfied() { planner:incremental_remove(self) }
    self:remove_from_graph()
}

func Constraint:is_input() {
    return false
}

// A constraint on one variable.
const Unary = class(Constraint)

func init_unary(c, v, strength) {
    c.strength = strength
    c.my_output = v
    c.satisfied = false
    c:add_constraint()
    return c
}

func Unary:add_to_graph() {
    self.my_output:add_constraint(self)
    self.satisfied = false
}

func Unary:choose_method(mark) {
    out := self.my_output
    self.satisfied = out.mark != mark && stronger(self.strength, out.walk_strength)
}

func Unary:is_satisfied() {
    return self.satisfied
}

func Unary:mark_inputs(mark) {
}

func Unary:output() {
    return self.my_output
}

func Unary:recalculate() {
    out := self.my_output
    out.walk_strength = self.strength
    out.stay = !self:is_input()
    if out.stay { self:execute() }
}

func Unary:mark_unsatisfied() {
    self.satisfied = false
}

func Unary:inputs_known(mark) {
    return true
}

func Unary:remove_from_graph() {
    if self.my_output { self.my_output:remove_constraint(self) }
    self.satisfied = false
}

// Keeps a variable as it is.
const Stay = class(Unary)

func Stay.new(v, strength) {
    return init_unary(setmetatable({}, Stay), v, strength)
}

func Stay:execute() {
}

// Marks a variable that the client changes.
const Edit = class(Unary)

func Edit.new(v, strength) {
    return init_unary(setmetatable({}, Edit), v, strength)
}

func Edit:is_input() {
    return true
}

func Edit:execute() {
}

// A constraint between two variables, which can be solved in either direction.
const Binary = class(Constraint)

func init_binary(c, v1, v2, strength) {
    c.strength = strength
    c.v1 = v1
    c.v2 = v2
    c.direction = NONE
    c:add_constraint()
    return c
}

func Binary:choose_method(mark) {
    v1, v2 := self.v1, self.v2
    if v1.mark == mark {
        if v2.mark != mark && stronger(self.strength, v2.walk_strength) {
            self.direction = FORWARD
        } else {
            self.direction = NONE
        }
        return
    }
    if v2.mark == mark {
        if stronger(self.strength, v1.walk_strength) {
            self.direction = BACKWARD
        } else {
            self.direction = NONE
        }
        return
    }
    if weaker(v1.walk_strength, v2.walk_strength) {
        if stronger(self.strength, v1.walk_strength) {
            self.direction = BACKWARD
        } else {
            self.direction = NONE
        }
    } elseif stronger(self.strength, v2.walk_strength) {
        self.direction = FORWARD
    } else {
        self.direction = BACKWARD
    }
}

func Binary:add_to_graph() {
    self.v1:add_constraint(self)
    self.v2:add_constraint(self)
    self.direction = NONE
}

func Binary:is_satisfied() {
    return self.direction != NONE
}

func Binary:mark_inputs(mark) {
    self:input().mark = mark
}

func Binary:input() {
    if self.direction == FORWARD { return self.v1 }
    return self.v2
}

func Binary:output() {
    if self.direction == FORWARD { return self.v2 }
    return self.v1
}

func Binary:recalculate() {
    from, out := self:input(), self:output()
    out.walk_strength = weakest_of(self.strength, from.walk_strength)
    out.stay = from.stay
    if out.stay { self:execute() }
}

func Binary:mark_unsatisfied() {
    self.direction = NONE
}

func Binary:inputs_known(mark) {
    from := self:input()
    return from.mark == mark || from.stay || from.determined_by == nil
}

func Binary:remove_from_graph() {
    if self.v1 { self.v1:remove_constraint(self) }
    if self.v2 { self.v2:remove_constraint(self) }
    self.direction = NONE
}

// v2 = v1 * scale + offset, with scale and offset as variables too.
const Scale = class(Binary)

func Scale.new(src, scale, offset, dest, strength) {
    return init_binary(setmetatable({scale: scale, offset: offset}, Scale), src, dest, strength)
}

func Scale:add_to_graph() {
    Binary.add_to_graph(self)
    self.scale:add_constraint(self)
    self.offset:add_constraint(self)
}

func Scale:remove_from_graph() {
    Binary.remove_from_graph(self)
    if self.scale { self.scale:remove_constraint(self) }
    if self.offset { self.offset:remove_constraint(self) }
}

func Scale:mark_inputs(mark) {
    Binary.mark_inputs(self, mark)
    self.scale.mark = mark
    self.offset.mark = mark
}

func Scale:execute() {
    if self.direction == FORWARD {
        self.v2.value = self.v1.value * self.scale.value + self.offset.value
    } else {
        self.v1.value = (self.v2.value - self.offset.value) / self.scale.value
    }
}

func Scale:recalculate() {
    from, out := self:input(), self:output()
    out.walk_strength = weakest_of(self.strength, from.walk_strength)
    out.stay = from.stay && self.scale.stay && self.offset.stay
    if out.stay { self:execute() }
}

// v1 = v2
const Equality = class(Binary)

func Equality.new(v1, v2, strength) {
    return init_binary(setmetatable({}, Equality), v1, v2, strength)
}

func Equality:execute() {
    self:output().value = self:input().value
}

// A constrained variable.
const Variable = class(nil)

func Variable.new(name, value) {
    return setmetatable({
        name: name, value: value, constraints: {}, determined_by: nil, mark: 0, walk_strength: WEAKEST, stay: true,
    }, Variable)
}

func Variable:add_constraint(c) {
    insert(self.constraints, c)
}

func Variable:remove_constraint(c) {
    list := self.constraints
    kept := 0
    n := #list
    for i := 1; i <= n; i++ {
        other := list[i]
        if other != c {
            kept++
            list[kept] = other
        }
    }
    for i := kept + 1; i <= n; i++ {
        list[i] = nil
    }
    if self.determined_by == c { self.determined_by = nil }
}

// A plan: constraints in the order in which to execute them.
const Plan = class(nil)

func Plan.new() {
    return setmetatable({list: {}}, Plan)
}

func Plan:add(c) {
    insert(self.list, c)
}

func Plan:execute() {
    list := self.list
    for i := 1; i <= #list; i++ {
        list[i]:execute()
    }
}

const Planner = class(nil)

func Planner.new() {
    return setmetatable({current_mark: 0}, Planner)
}

func Planner:new_mark() {
    self.current_mark++
    return self.current_mark
}

func Planner:incremental_add(c) {
    mark := self:new_mark()
    overridden := c:satisfy(mark)
    for overridden {
        overridden = overridden:satisfy(mark)
    }
}

func Planner:incremental_remove(c) {
    out := c:output()
    c:mark_unsatisfied()
    c:remove_from_graph()
    unsatisfied := self:remove_propagate_from(out)
    strength := REQUIRED
    for {
        for i := 1; i <= #unsatisfied; i++ {
            u := unsatisfied[i]
            if u.strength == strength { self:incremental_add(u) }
        }
        strength = NEXT_WEAKER[strength.value]
        if strength == WEAKEST { break }
    }
}

func Planner:make_plan(sources) {
    mark := self:new_mark()
    plan := Plan.new()
    todo := sources
    for #todo > 0 {
        c := remove(todo)
        if c:output().mark != mark && c:inputs_known(mark) {
            plan:add(c)
            c:output().mark = mark
            self:add_consuming_to(c:output(), todo)
        }
    }
    return plan
}

func Planner:extract_plan(constraints) {
    sources := {}
    for i := 1; i <= #constraints; i++ {
        c := constraints[i]
        if c:is_input() && c:is_satisfied() { insert(sources, c) }
    }
    return self:make_plan(sources)
}

func Planner:add_propagate(c, mark) {
    todo := {c}
    for #todo > 0 {
        d := remove(todo)
        if d:output().mark == mark {
            self:incremental_remove(c)
            return false
        }
        d:recalculate()
        self:add_consuming_to(d:output(), todo)
    }
    return true
}

func Planner:remove_propagate_from(out) {
    out.determined_by = nil
    out.walk_strength = WEAKEST
    out.stay = true
    unsatisfied := {}
    todo := {out}
    for #todo > 0 {
        v := remove(todo)
        list := v.constraints
        for i := 1; i <= #list; i++ {
            c := list[i]
            if !c:is_satisfied() { insert(unsatisfied, c) }
        }
        determining := v.determined_by
        for i := 1; i <= #list; i++ {
            next := list[i]
            if next != determining && next:is_satisfied() {
                next:recalculate()
                insert(todo, next:output())
            }
        }
    }
    return unsatisfied
}

func Planner:add_consuming_to(v, list) {
    determining := v.determined_by
    constraints := v.constraints
    for i := 1; i <= #constraints; i++ {
        c := constraints[i]
        if c != determining && c:is_satisfied() { insert(list, c) }
    }
}

func change(v, value) {
    edit := Edit.new(v, PREFERRED)
    plan := planner:extract_plan({edit})
    for i := 1; i <= 10; i++ {
        v.value = value
        plan:execute()
    }
    edit:destroy_constraint()
}

// A long chain of equalities, with an edit at one end and a stay at the other.
func chain_test(n) {
    planner = Planner.new()
    var first, last, previous
    for i := 0; i <= n; i++ {
        v := Variable.new("v" .. i, 0)
        if previous { Equality.new(previous, v, REQUIRED) }
        if i == 0 { first = v }
        if i == n { last = v }
        previous = v
    }
    Stay.new(last, STRONG_DEFAULT)
    edit := Edit.new(first, PREFERRED)
    plan := planner:extract_plan({edit})
    sum := 0
    for i := 0; i <= 99; i++ {
        first.value = i
        plan:execute()
        if last.value != i { error("chain test failed") }
        sum += last.value
    }
    return sum
}

// Two sets of variables related by scale and offset; each is changed from either side.
func projection_test(n) {
    planner = Planner.new()
    scale, offset := Variable.new("scale", 10), Variable.new("offset", 1000)
    var src, dst
    dests := {}
    for i := 0; i < n; i++ {
        src = Variable.new("src", i)
        dst = Variable.new("dst", i)
        insert(dests, dst)
        Stay.new(src, NORMAL)
        Scale.new(src, scale, offset, dst, REQUIRED)
    }
    change(src, 17)
    if dst.value != 1170 { error("projection 1 failed") }
    change(dst, 1050)
    if src.value != 5 { error("projection 2 failed") }
    change(scale, 5)
    for i := 0; i <= n - 2; i++ {
        if dests[i + 1].value != i * 5 + 1000 { error("projection 3 failed") }
    }
    change(offset, 2000)
    sum := 0
    for i := 0; i <= n - 2; i++ {
        if dests[i + 1].value != i * 5 + 2000 { error("projection 4 failed") }
        sum += dests[i + 1].value
    }
    return sum
}

var sum = 0
for round := 1; round <= 360; round++ {
    sum = sum + chain_test(100) + projection_test(100)
}
print(string.format("%d", sum))
