// The Richards benchmark: the kernel of an operating system that schedules six tasks.

const band, bxor, rshift = bit32.band, bit32.bxor, bit32.rshift

const ID_IDLE, ID_WORKER, ID_HANDLER_A, ID_HANDLER_B, ID_DEVICE_A, ID_DEVICE_B = 0, 1, 2, 3, 4, 5
const KIND_DEVICE, KIND_WORK = 0, 1
const DATA_SIZE = 4

const STATE_RUNNING, STATE_RUNNABLE, STATE_SUSPENDED, STATE_HELD = 0, 1, 2, 4
const STATE_SUSPENDED_RUNNABLE = 3

// A packet carries work from one task to another; queues are linked lists of them.
const Packet = {}
Packet.__index = Packet

func Packet.new(link, id, kind) {
    return setmetatable({link: link, id: id, kind: kind, datum: 0, data: {0, 0, 0, 0}}, Packet)
}

func Packet:add_to(queue) {
    self.link = nil
    if !queue { return self }
    next := queue
    for next.link {
        next = next.link
    }
    next.link = self
    return queue
}

// The control block of a task.
const Block = {}
Block.__index = Block

func Block.new(link, id, priority, queue, task) {
    state := STATE_SUSPENDED
    if queue { state = STATE_SUSPENDED_RUNNABLE }
    return setmetatable({link: link, id: id, priority: priority, queue: queue, task: task, state: state}, Block)
}

func Block:set_running() {
    self.state = STATE_RUNNING
}

func Block:mark_not_held() {
    if self.state >= STATE_HELD { self.state -= STATE_HELD }
}

func Block:mark_held() {
    if self.state < STATE_HELD { self.state += STATE_HELD }
}

func Block:is_held_or_suspended() {
    return self.state >= STATE_HELD || self.state == STATE_SUSPENDED
}

func Block:mark_suspended() {
    if self.state % 4 < 2 { self.state += STATE_SUSPENDED }
}

func Block:mark_runnable() {
    if self.state % 2 == 0 { self.state += STATE_RUNNABLE }
}

func Block:run() {
    var packet
    if self.state == STATE_SUSPENDED_RUNNABLE {
        packet = self.queue
        self.queue = packet.link
        if self.queue {
            self.state = STATE_RUNNABLE
        } else {
            self.state = STATE_RUNNING
        }
    }
    return self.task:run(packet)
}

func Block:check_priority_add(task, packet) {
    if !self.queue {
        self.queue = packet
        self:mark_runnable()
        if self.priority > task.priority { return self }
    } else {
        self.queue = packet:add_to(self.queue)
    }
    return task
}

const Scheduler = {}
Scheduler.__index = Scheduler

func Scheduler.new() {
    fields := {queue_count: 0, hold_count: 0, blocks: {}, list: nil, current: nil, current_id: nil}
    return setmetatable(fields, Scheduler)
}

func Scheduler:add_task(id, priority, queue, task) {
    self.current = Block.new(self.list, id, priority, queue, task)
    self.list = self.current
    self.blocks[id] = self.current
}

func Scheduler:add_running_task(id, priority, queue, task) {
    self:add_task(id, priority, queue, task)
    self.current:set_running()
}

func Scheduler:schedule() {
    self.current = self.list
    for self.current {
        if self.current:is_held_or_suspended() {
            self.current = self.current.link
        } else {
            self.current_id = self.current.id
            self.current = self.current:run()
        }
    }
}

func Scheduler:release(id) {
    block := self.blocks[id]
    if !block { return block }
    block:mark_not_held()
    if block.priority > self.current.priority { return block }
    return self.current
}

func Scheduler:hold_current() {
    self.hold_count++
    self.current:mark_held()
    return self.current.link
}

func Scheduler:suspend_current() {
    self.current:mark_suspended()
    return self.current
}

func Scheduler:enqueue(packet) {
    block := self.blocks[packet.id]
    if !block { return block }
    self.queue_count++
    packet.link = nil
    packet.id = self.current_id
    return block:check_priority_add(self.current, packet)
}

// The idle task keeps the two devices going.
const IdleTask = {}
IdleTask.__index = IdleTask

func IdleTask.new(scheduler, seed, count) {
    return setmetatable({scheduler: scheduler, seed: seed, count: count}, IdleTask)
}

func IdleTask:run(packet) {
    self.count--
    if self.count == 0 { return self.scheduler:hold_current() }
    if band(self.seed, 1) == 0 {
        self.seed = rshift(self.seed, 1)
        return self.scheduler:release(ID_DEVICE_A)
    }
    self.seed = bxor(rshift(self.seed, 1), 0xD008)
    return self.scheduler:release(ID_DEVICE_B)
}

// A device waits for a packet and passes it on at its next turn.
const DeviceTask = {}
DeviceTask.__index = DeviceTask

func DeviceTask.new(scheduler) {
    return setmetatable({scheduler: scheduler, pending: nil}, DeviceTask)
}

func DeviceTask:run(packet) {
    if packet {
        self.pending = packet
        return self.scheduler:hold_current()
    }
    if !self.pending { return self.scheduler:suspend_current() }
    v := self.pending
    self.pending = nil
    return self.scheduler:enqueue(v)
}

// The worker fills packets and sends them to the two handlers in turn.
const WorkerTask = {}
WorkerTask.__index = WorkerTask

func WorkerTask.new(scheduler, handler, letter) {
    return setmetatable({scheduler: scheduler, handler: handler, letter: letter}, WorkerTask)
}

func WorkerTask:run(packet) {
    if !packet { return self.scheduler:suspend_current() }
    if self.handler == ID_HANDLER_A {
        self.handler = ID_HANDLER_B
    } else {
        self.handler = ID_HANDLER_A
    }
    packet.id = self.handler
    packet.datum = 0
    for i := 1; i <= DATA_SIZE; i++ {
        self.letter++
        if self.letter > 26 { self.letter = 1 }
        packet.data[i] = self.letter
    }
    return self.scheduler:enqueue(packet)
}

// A handler takes work packets apart and feeds a device.
const HandlerTask = {}
HandlerTask.__index = HandlerTask

func HandlerTask.new(scheduler) {
    return setmetatable({scheduler: scheduler, works: nil, devices: nil}, HandlerTask)
}

func HandlerTask:run(packet) {
    if packet {
        if packet.kind == KIND_WORK {
            self.works = packet:add_to(self.works)
        } else {
            self.devices = packet:add_to(self.devices)
        }
    }
    work := self.works
    if work {
        count := work.datum
        if count < DATA_SIZE {
            device := self.devices
            if device {
                self.devices = device.link
                device.datum = work.data[count + 1]
                work.datum = count + 1
                return self.scheduler:enqueue(device)
            }
        } else {
            self.works = work.link
            return self.scheduler:enqueue(work)
        }
    }
    return self.scheduler:suspend_current()
}

func run_richards() {
    scheduler := Scheduler.new()
    scheduler:add_running_task(ID_IDLE, 0, nil, IdleTask.new(scheduler, 1, 10000))

    queue := Packet.new(nil, ID_WORKER, KIND_WORK)
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
}

var queued, held = 0, 0
for i := 1; i <= 40; i++ {
    q, h := run_richards()
    if q != 23246 || h != 9297 { error("wrong counts") }
    queued += q
    held += h
}
print(string.format("%d %d", queued, held))
