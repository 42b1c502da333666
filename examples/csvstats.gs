// Statistics of the columns of a CSV file.
// Shows: the csv library, numeric and text columns told apart, sorting, string.format tables.
//
//     gscript examples/csvstats.gs                  uses a built-in table
//     gscript examples/csvstats.gs FILE [SEP]       first line names the columns ("-" is standard input)

const SAMPLE = `city,country,population,area,capital
Tokyo,Japan,14094034,2194.1,yes
Paris,France,2102650,105.4,yes
"New York, NY",USA,8804190,778.2,no
Lagos,Nigeria,15388000,1171.3,no
São Paulo,Brazil,12325232,1521.1,no
Canberra,Australia,456692,814.2,yes
Reykjavik,Iceland,139875,,yes
`

func fail(message) {
    io.stderr:write("csvstats: ", message, "\n")
    os.exit(1)
}

func numberStats(values) {
    table.sort(values)
    n := #values
    sum := table.reduce(values, func(acc, v) { return acc + v }, 0)
    mean := sum / n
    squares := table.reduce(values, func(acc, v) { return acc + (v - mean) ** 2 }, 0.0)
    half := (n + 1) >> 1
    median := n % 2 == 1 && values[half] || (values[half] + values[half + 1]) / 2
    return {
        low: values[1], high: values[n], mean: mean, median: median,
        deviation: n > 1 && math.sqrt(squares / (n - 1)) || 0.0,
    }
}

// The most frequent text and how many different ones there are.
func textStats(values) {
    counts, best := {}, values[1]
    for _, v := range ipairs(values) {
        counts[v] = (counts[v] || 0) + 1
        if counts[v] > counts[best] {
            best = v
        }
    }
    return {distinct: table.count(counts), commonest: best, times: counts[best]}
}

func describe(name, texts) {
    present := table.filter(texts, func(text) { return text:trim() != "" })
    missing := #texts - #present
    numbers := table.filter(table.map(present, finite), func(v) { return v != false })
    note := missing > 0 && ", " .. missing .. " missing" || ""
    if #present == 0 {
        print(string.format("%-12s empty", name))
    } elseif #numbers == #present {
        s := numberStats(numbers)
        print(string.format("%-12s %d numbers%s", name, #numbers, note))
        print(string.format("             min %.10g, max %.10g, mean %.10g, median %.10g, deviation %.10g",
            s.low, s.high, s.mean, s.median, s.deviation))
    } else {
        s := textStats(present)
        print(string.format("%-12s %d texts%s", name, #present, note))
        print(string.format("             %d different, most often %q (%d)", s.distinct, s.commonest, s.times))
    }
}

// The number a text denotes, or false (a nil would leave a hole in the list). Infinities and NaN are texts here.
func finite(text) {
    n := tonumber(text)
    return n && n - n == 0 && n || false
}

func readInput(path) {
    if path == nil { return SAMPLE }
    if path == "-" { return io.read("a") }
    file, problem := io.open(path)
    if !file {
        fail(problem)
    }
    defer file:close()
    return file:read("a") || fail("cannot read " .. path)
}

func main() {
    separator := arg[2] || ","
    if #separator != 1 {
        fail("the separator must be one character")
    }
    rows, problem := csv.parse(readInput(arg[1]), {sep: separator})
    if !rows {
        fail(problem)
    }
    if #rows < 2 {
        fail("a line of names and at least one line of values are needed")
    }
    header := table.remove(rows, 1)
    print(#rows .. " rows, " .. #header .. " columns")
    for column, name := range ipairs(header) {
        describe(name, table.map(rows, func(row) { return row[column] || "" }))
    }
}

main()
