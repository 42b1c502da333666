// The Richards benchmark: the kernel of an operating system that schedules six tasks.
"use strict";

const ID_IDLE = 0, ID_WORKER = 1, ID_HANDLER_A = 2, ID_HANDLER_B = 3, ID_DEVICE_A = 4, ID_DEVICE_B = 5;
const KIND_DEVICE = 0, KIND_WORK = 1;
const DATA_SIZE = 4;

const STATE_RUNNING = 0, STATE_RUNNABLE = 1, STATE_SUSPENDED = 2, STATE_HELD = 4;
const STATE_SUSPENDED_RUNNABLE = 3;

// A packet carries work from one task to another; queues are linked lists of them.
class Packet {
  constructor(link, id, kind) {
    this.link = link;
    this.id = id;
    this.kind = kind;
    this.datum = 0;
    this.data = [0, 0, 0, 0];
  }

  addTo(queue) {
    this.link = null;
    if (!queue) return this;
    let next = queue;
    while (next.link) next = next.link;
    next.link = this;
    return queue;
  }
}

// The control block of a task.
class Block {
  constructor(link, id, priority, queue, task) {
    this.link = link;
    this.id = id;
    this.priority = priority;
    this.queue = queue;
    this.task = task;
    this.state = queue ? STATE_SUSPENDED_RUNNABLE : STATE_SUSPENDED;
  }

  setRunning() {
    this.state = STATE_RUNNING;
  }

  markNotHeld() {
    if (this.state >= STATE_HELD) this.state -= STATE_HELD;
  }

  markHeld() {
    if (this.state < STATE_HELD) this.state += STATE_HELD;
  }

  isHeldOrSuspended() {
    return this.state >= STATE_HELD || this.state === STATE_SUSPENDED;
  }

  markSuspended() {
    if (this.state % 4 < 2) this.state += STATE_SUSPENDED;
  }

  markRunnable() {
    if (this.state % 2 === 0) this.state += STATE_RUNNABLE;
  }

  run() {
    let packet = null;
    if (this.state === STATE_SUSPENDED_RUNNABLE) {
      packet = this.queue;
      this.queue = packet.link;
      this.state = this.queue ? STATE_RUNNABLE : STATE_RUNNING;
    }
    return this.task.run(packet);
  }

  checkPriorityAdd(task, packet) {
    if (!this.queue) {
      this.queue = packet;
      this.markRunnable();
      if (this.priority > task.priority) return this;
    } else {
      this.queue = packet.addTo(this.queue);
    }
    return task;
  }
}

class Scheduler {
  constructor() {
    this.queueCount = 0;
    this.holdCount = 0;
    this.blocks = [];
    this.list = null;
    this.current = null;
    this.currentId = 0;
  }

  addTask(id, priority, queue, task) {
    this.current = new Block(this.list, id, priority, queue, task);
    this.list = this.current;
    this.blocks[id] = this.current;
  }

  addRunningTask(id, priority, queue, task) {
    this.addTask(id, priority, queue, task);
    this.current.setRunning();
  }

  schedule() {
    this.current = this.list;
    while (this.current) {
      if (this.current.isHeldOrSuspended()) {
        this.current = this.current.link;
      } else {
        this.currentId = this.current.id;
        this.current = this.current.run();
      }
    }
  }

  release(id) {
    const block = this.blocks[id];
    if (!block) return block;
    block.markNotHeld();
    if (block.priority > this.current.priority) return block;
    return this.current;
  }

  holdCurrent() {
    this.holdCount++;
    this.current.markHeld();
    return this.current.link;
  }

  suspendCurrent() {
    this.current.markSuspended();
    return this.current;
  }

  enqueue(packet) {
    const block = this.blocks[packet.id];
    if (!block) return block;
    this.queueCount++;
    packet.link = null;
    packet.id = this.currentId;
    return block.checkPriorityAdd(this.current, packet);
  }
}

// The idle task keeps the two devices going.
class IdleTask {
  constructor(scheduler, seed, count) {
    this.scheduler = scheduler;
    this.seed = seed;
    this.count = count;
  }

  run(packet) {
    this.count--;
    if (this.count === 0) return this.scheduler.holdCurrent();
    if ((this.seed & 1) === 0) {
      this.seed = this.seed >> 1;
      return this.scheduler.release(ID_DEVICE_A);
    }
    this.seed = (this.seed >> 1) ^ 0xd008;
    return this.scheduler.release(ID_DEVICE_B);
  }
}

// A device waits for a packet and passes it on at its next turn.
class DeviceTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.pending = null;
  }

  run(packet) {
    if (packet) {
      this.pending = packet;
      return this.scheduler.holdCurrent();
    }
    if (!this.pending) return this.scheduler.suspendCurrent();
    const v = this.pending;
    this.pending = null;
    return this.scheduler.enqueue(v);
  }
}

// The worker fills packets and sends them to the two handlers in turn.
class WorkerTask {
  constructor(scheduler, handler, letter) {
    this.scheduler = scheduler;
    this.handler = handler;
    this.letter = letter;
  }

  run(packet) {
    if (!packet) return this.scheduler.suspendCurrent();
    this.handler = this.handler === ID_HANDLER_A ? ID_HANDLER_B : ID_HANDLER_A;
    packet.id = this.handler;
    packet.datum = 0;
    for (let i = 0; i < DATA_SIZE; i++) {
      this.letter++;
      if (this.letter > 26) this.letter = 1;
      packet.data[i] = this.letter;
    }
    return this.scheduler.enqueue(packet);
  }
}

// A handler takes work packets apart and feeds a device.
class HandlerTask {
  constructor(scheduler) {
    this.scheduler = scheduler;
    this.works = null;
    this.devices = null;
  }

  run(packet) {
    if (packet) {
      if (packet.kind === KIND_WORK) {
        this.works = packet.addTo(this.works);
      } else {
        this.devices = packet.addTo(this.devices);
      }
    }
    const work = this.works;
    if (work) {
      const count = work.datum;
      if (count < DATA_SIZE) {
        const device = this.devices;
        if (device) {
          this.devices = device.link;
          device.datum = work.data[count];
          work.datum = count + 1;
          return this.scheduler.enqueue(device);
        }
      } else {
        this.works = work.link;
        return this.scheduler.enqueue(work);
      }
    }
    return this.scheduler.suspendCurrent();
  }
}

function runRichards() {
  const scheduler = new Scheduler();
  scheduler.addRunningTask(ID_IDLE, 0, null, new IdleTask(scheduler, 1, 10000));

  let queue = new Packet(null, ID_WORKER, KIND_WORK);
  queue = new Packet(queue, ID_WORKER, KIND_WORK);
  scheduler.addTask(ID_WORKER, 1000, queue, new WorkerTask(scheduler, ID_HANDLER_A, 0));

  queue = new Packet(null, ID_DEVICE_A, KIND_DEVICE);
  queue = new Packet(queue, ID_DEVICE_A, KIND_DEVICE);
  queue = new Packet(queue, ID_DEVICE_A, KIND_DEVICE);
  scheduler.addTask(ID_HANDLER_A, 2000, queue, new HandlerTask(scheduler));

  queue = new Packet(null, ID_DEVICE_B, KIND_DEVICE);
  queue = new Packet(queue, ID_DEVICE_B, KIND_DEVICE);
  queue = new Packet(queue, ID_DEVICE_B, KIND_DEVICE);
  scheduler.addTask(ID_HANDLER_B, 3000, queue, new HandlerTask(scheduler));

  scheduler.addTask(ID_DEVICE_A, 4000, null, new DeviceTask(scheduler));
  scheduler.addTask(ID_DEVICE_B, 5000, null, new DeviceTask(scheduler));
  scheduler.schedule();
  return [scheduler.queueCount, scheduler.holdCount];
}

let queued = 0, held = 0;
for (let i = 1; i <= 40; i++) {
  const [q, h] = runRichards();
  if (q !== 23246 || h !== 9297) throw new Error("wrong counts");
  queued += q;
  held += h;
}
console.log(`${queued} ${held}`);
