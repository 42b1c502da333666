// Many goroutines move money between accounts; no cent is lost.
// Shows: goroutines sharing tables, mutexes taken in a fixed order against deadlock, atomic counters, errors and defer.
//
//     gscript examples/bank.gs [CLERKS [TRANSFERS]]     (default 8 clerks, 2000 transfers each)

const ACCOUNTS, START = 10, 1000

Account := {}
Account.__index = Account

func Account.new(id, balance) {
    return setmetatable({id: id, balance: balance, lock: sync.mutex()}, Account)
}

func Account:withdraw(amount) {
    if amount > self.balance {
        error({code: "overdrawn", account: self.id})
    }
    self.balance -= amount
}

func Account:deposit(amount) { self.balance += amount }

// Takes both locks, always the one of the lower number first: two transfers in opposite directions cannot wait for each
// other. The deferred calls release them also when withdraw raises.
func transfer(from, to, amount) {
    first, second := from, to
    if to.id < from.id {
        first, second = to, from
    }
    first.lock:lock()
    defer first.lock:unlock()
    second.lock:lock()
    defer second.lock:unlock()
    from:withdraw(amount)
    to:deposit(amount)
}

// A reproducible sequence of numbers 0..n-1, one for each clerk.
func randomSource(seed) {
    return func(n) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        return (seed >> 8) % n
    }
}

func clerk(id, accounts, transfers, done, refused) {
    random := randomSource(id * 7919)
    for range transfers {
        from := accounts[random(#accounts) + 1]
        to := accounts[random(#accounts) + 1]
        if from != to {
            ok, problem := pcall(transfer, from, to, random(300) + 1)
            if ok {
                done:add(1)
            } elseif type(problem) == "table" && problem.code == "overdrawn" {
                refused:add(1)
            } else {
                error(problem)
            }
        }
    }
}

func argument(i, fallback) {
    n := math.tointeger(tonumber(arg[i] || fallback))
    if !n || n < 1 || n > 1000000 {
        io.stderr:write("usage: bank.gs [CLERKS [TRANSFERS]]\n")
        os.exit(1)
    }
    return n
}

func main() {
    clerks, transfers := argument(1, 8), argument(2, 2000)
    accounts := {}
    for id := 1; id <= ACCOUNTS; id++ {
        accounts[id] = Account.new(id, START)
    }
    done, refused := sync.atomic(), sync.atomic()

    group := sync.waitgroup()
    for id := 1; id <= clerks; id++ {
        group:run(clerk, id, accounts, transfers, done, refused)
    }
    group:wait()

    // Which transfers were refused depends on timing; these facts do not.
    total, overdrawn := 0, 0
    for _, account := range ipairs(accounts) {
        total += account.balance
        if account.balance < 0 {
            overdrawn++
        }
    }
    print("transfers tried:   " .. done:load() + refused:load())
    print("money at the end:  " .. total .. " (was " .. ACCOUNTS * START .. ")")
    print("overdrawn:         " .. overdrawn)
}

main()
