// Word counter: the most frequent words of a text.
// Shows: string.gmatch, tables as maps, sorting with a comparison function, reading a file line by line.
//
//     gscript examples/wordcount.gs                 counts 200 000 words of a built-in random text
//     gscript examples/wordcount.gs FILE            counts a file ("-" is standard input)
//     gscript examples/wordcount.gs --top 25 FILE   shows the 25 most frequent words (default 10)

const VOCABULARY = ("the of and to a in is it you that he was for on are with as I his they be at one have this " ..
    "from or had by hot word but what some we can out other were all there when up use your how said an each she")
    :split(" ")

// An iterator over lines of text in which the k-th word of the vocabulary is about 1/k as likely as the first.
// The generator is a plain linear congruence, so that every run writes the same text.
func randomLines(words, perLine) {
    cumulative, total := {}, 0.0
    for rank := 1; rank <= #VOCABULARY; rank++ {
        total += 1 / rank
        cumulative[rank] = total
    }
    seed := 12345
    func randomWord() {
        seed = (seed * 1103515245 + 12345) % 2147483648
        target := seed / 2147483648 * total
        low, high := 1, #cumulative
        for low < high {
            middle := (low + high) >> 1
            if cumulative[middle] < target {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return VOCABULARY[low]
    }
    left := words
    return func() {
        if left <= 0 {
            return nil
        }
        line := {}
        for i := 1; i <= math.min(perLine, left); i++ {
            line[i] = randomWord()
        }
        left -= #line
        return table.concat(line, " ")
    }
}

func countWords(lines) {
    counts, total := {}, 0
    for line := range lines {
        for word := range line:gmatch("%a[%a']*") {
            key := word:lower()
            counts[key] = (counts[key] || 0) + 1
            total++
        }
    }
    return counts, total
}

func report(counts, total, top) {
    entries := {}
    for word, count := range counts {
        entries[#entries + 1] = {word: word, count: count}
    }
    table.sort(entries, func(a, b) {
        if a.count != b.count {
            return a.count > b.count
        }
        return a.word < b.word
    })
    print(string.format("%d words, %d different", total, #entries))
    for i := 1; i <= math.min(top, #entries); i++ {
        entry := entries[i]
        bar := string.rep("#", math.floor(entry.count * 40 / entries[1].count))
        print(string.format("%8d  %-12s %s", entry.count, entry.word, bar))
    }
}

func fail(message) {
    io.stderr:write("wordcount: ", message, "\n")
    os.exit(1)
}

func openLines(path) {
    if path == "-" {
        return io.lines()
    }
    file, problem := io.open(path)
    if !file {
        fail(problem)
    }
    return file:lines()
}

func main() {
    top, path, i := 10, nil, 1
    for i <= #arg {
        if arg[i] == "--top" {
            i++
            top = math.tointeger(tonumber(arg[i] || ""))
            if !top || top < 1 {
                fail("--top needs a positive number")
            }
        } elseif path || (arg[i]:hasPrefix("-") && arg[i] != "-") {
            fail("usage: wordcount.gs [--top N] [FILE | -]")
        } else {
            path = arg[i]
        }
        i++
    }
    counts, total := countWords(path && openLines(path) || randomLines(200000, 12))
    report(counts, total, top)
}

main()
