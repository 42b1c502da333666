-- The Richards benchmark: the kernel of an operating system that schedules six tasks.
local bit = rawget(_G, "bit") or load([[
  return {
    band = function(a, b) return a & b end,
    bxor = function(a, b) return a ~ b end,
    rshift = function(a, n) return a >> n end,
  }
]])()

local band, bxor, rshift = bit.band, bit.bxor, bit.rshift

local ID_IDLE, ID_WORKER, ID_HANDLER_A, ID_HANDLER_B, ID_DEVICE_A, ID_DEVICE_B = 0, 1, 2, 3, 4, 5
local KIND_DEVICE, KIND_WORK = 0, 1
local DATA_SIZE = 4

local STATE_RUNNING, STATE_RUNNABLE, STATE_SUSPENDED, STATE_HELD = 0, 1, 2, 4
local STATE_SUSPENDED_RUNNABLE = 3

-- A packet carries work from one task to another; queues are linked lists of them.
local Packet = {}
Packet.__index = Packet

function Packet.new(link, id, kind)
  return setmetatable({link = link, id = id, kind = kind, datum = 0, data = {0, 0, 0, 0}}, Packet)
end

function Packet:add_to(queue)
  self.link = nil
  if not queue then return self end
  local next = queue
  while next.link do
    next = next.link
  end
  next.link = self
  return queue
end

-- The control block of a task.
local Block = {}
Block.__index = Block

function Block.new(link, id, priority, queue, task)
  local state = STATE_SUSPENDED
  if queue then state = STATE_SUSPENDED_RUNNABLE end
  return setmetatable({link = link, id = id, priority = priority, queue = queue, task = task, state = state}, Block)
end

function Block:set_running()
  self.state = STATE_RUNNING
end

function Block:mark_not_held()
  if self.state >= STATE_HELD then self.state = self.state - STATE_HELD end
end

function Block:mark_held()
  if self.state < STATE_HELD then self.state = self.state + STATE_HELD end
end

function Block:is_held_or_suspended()
  return self.state >= STATE_HELD or self.state == STATE_SUSPENDED
end

function Block:mark_suspended()
  if self.state % 4 < 2 then self.state = self.state + STATE_SUSPENDED end
end

function Block:mark_runnable()
  if self.state % 2 == 0 then self.state = self.state + STATE_RUNNABLE end
end

function Block:run()
  local packet
  if self.state == STATE_SUSPENDED_RUNNABLE then
    packet = self.queue
    self.queue = packet.link
    if self.queue then
      self.state = STATE_RUNNABLE
    else
      self.state = STATE_RUNNING
    end
  end
  return self.task:run(packet)
end

function Block:check_priority_add(task, packet)
  if not self.queue then
    self.queue = packet
    self:mark_runnable()
    if self.priority > task.priority then return self end
  else
    self.queue = packet:add_to(self.queue)
  end
  return task
end

local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.new()
  local fields = {queue_count = 0, hold_count = 0, blocks = {}, list = nil, current = nil, current_id = nil}
  return setmetatable(fields, Scheduler)
end

function Scheduler:add_task(id, priority, queue, task)
  self.current = Block.new(self.list, id, priority, queue, task)
  self.list = self.current
  self.blocks[id] = self.current
end

function Scheduler:add_running_task(id, priority, queue, task)
  self:add_task(id, priority, queue, task)
  self.current:set_running()
end

function Scheduler:schedule()
  self.current = self.list
  while self.current do
    if self.current:is_held_or_suspended() then
      self.current = self.current.link
    else
      self.current_id = self.current.id
      self.current = self.current:run()
    end
  end
end

function Scheduler:release(id)
  local block = self.blocks[id]
  if not block then return block end
  block:mark_not_held()
  if block.priority > self.current.priority then return block end
  return self.current
end

function Scheduler:hold_current()
  self.hold_count = self.hold_count + 1
  self.current:mark_held()
  return self.current.link
end

function Scheduler:suspend_current()
  self.current:mark_suspended()
  return self.current
end

function Scheduler:enqueue(packet)
  local block = self.blocks[packet.id]
  if not block then return block end
  self.queue_count = self.queue_count + 1
  packet.link = nil
  packet.id = self.current_id
  return block:check_priority_add(self.current, packet)
end

-- The idle task keeps the two devices going.
local IdleTask = {}
IdleTask.__index = IdleTask

function IdleTask.new(scheduler, seed, count)
  return setmetatable({scheduler = scheduler, seed = seed, count = count}, IdleTask)
end

function IdleTask:run(packet)
  self.count = self.count - 1
  if self.count == 0 then return self.scheduler:hold_current() end
  if band(self.seed, 1) == 0 then
    self.seed = rshift(self.seed, 1)
    return self.scheduler:release(ID_DEVICE_A)
  end
  self.seed = bxor(rshift(self.seed, 1), 0xD008)
  return self.scheduler:release(ID_DEVICE_B)
end

-- A device waits for a packet and passes it on at its next turn.
local DeviceTask = {}
DeviceTask.__index = DeviceTask

function DeviceTask.new(scheduler)
  return setmetatable({scheduler = scheduler, pending = nil}, DeviceTask)
end

function DeviceTask:run(packet)
  if packet then
    self.pending = packet
    return self.scheduler:hold_current()
  end
  if not self.pending then return self.scheduler:suspend_current() end
  local v = self.pending
  self.pending = nil
  return self.scheduler:enqueue(v)
end

-- The worker fills packets and sends them to the two handlers in turn.
local WorkerTask = {}
WorkerTask.__index = WorkerTask

function WorkerTask.new(scheduler, handler, letter)
  return setmetatable({scheduler = scheduler, handler = handler, letter = letter}, WorkerTask)
end

function WorkerTask:run(packet)
  if not packet then return self.scheduler:suspend_current() end
  if self.handler == ID_HANDLER_A then
    self.handler = ID_HANDLER_B
  else
    self.handler = ID_HANDLER_A
  end
  packet.id = self.handler
  packet.datum = 0
  for i = 1, DATA_SIZE do
    self.letter = self.letter + 1
    if self.letter > 26 then self.letter = 1 end
    packet.data[i] = self.letter
  end
  return self.scheduler:enqueue(packet)
end

-- A handler takes work packets apart and feeds a device.
local HandlerTask = {}
HandlerTask.__index = HandlerTask

function HandlerTask.new(scheduler)
  return setmetatable({scheduler = scheduler, works = nil, devices = nil}, HandlerTask)
end

function HandlerTask:run(packet)
  if packet then
    if packet.kind == KIND_WORK then
      self.works = packet:add_to(self.works)
    else
      self.devices = packet:add_to(self.devices)
    end
  end
  local work = self.works
  if work then
    local count = work.datum
    if count < DATA_SIZE then
      local device = self.devices
      if device then
        self.devices = device.link
        device.datum = work.data[count + 1]
        work.datum = count + 1
        return self.scheduler:enqueue(device)
      end
    else
      self.works = work.link
      return self.scheduler:enqueue(work)
    end
  end
  return self.scheduler:suspend_current()
end

local function run_richards()
  local scheduler = Scheduler.new()
  scheduler:add_running_task(ID_IDLE, 0, nil, IdleTask.new(scheduler, 1, 10000))

  local queue = Packet.new(nil, ID_WORKER, KIND_WORK)
  queue = Packet.new(queue, ID_WORKER, KIND_WORK)
  scheduler:add_task(ID_WORKER, 1000, queue, WorkerTask.new(scheduler, ID_HANDLER_A, 0))

  queue = Packet.new(nil, ID_DEVICE_A, KIND_DEVICE)
  queue = Packet.new(queue, ID_DEVICE_A, KIND_DEVICE)
  queue = Packet.new(queue, ID_DEVICE_A, KIND_DEVICE)
  scheduler:add_task(ID_HANDLER_A, 2000, queue, HandlerTask.new(scheduler))

  queue = Packet.new(nil, ID_DEVICE_B, KIND_DEVICE)
  queue = Packet.new(queue, ID_DEVICE_B, KIND_DEVICE)
  queue = Packet.new(queue, ID_DEVICE_B, KIND_DEVICE)
  scheduler:add_task(ID_HANDLER_B, 3000, queue, HandlerTask.new(scheduler))

  scheduler:add_task(ID_DEVICE_A, 4000, nil, DeviceTask.new(scheduler))
  scheduler:add_task(ID_DEVICE_B, 5000, nil, DeviceTask.new(scheduler))
  scheduler:schedule()
  return scheduler.queue_count, scheduler.hold_count
end

local queued, held = 0, 0
for i = 1, 40 do
  local q, h = run_richards()
  if q ~= 23246 or h ~= 9297 then error("wrong counts") end
  queued = queued + q
  held = held + h
end
print(string.format("%d %d", queued, held))
