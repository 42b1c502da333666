// Counts the words of a text and lists the most frequent ones.
const WORDS = {
    "the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "then",
    "a", "table", "with", "many", "entries", "is", "counted", "by", "word", "length",
}

func make_text(n) {
    parts, seed := {}, 7
    for i := 1; i <= n; i++ {
        seed = (seed * 3877 + 29573) % 139968
        w := WORDS[seed % #WORDS + 1]
        if seed % 5 == 0 { w ..= seed % 300 }
        parts[i] = w
    }
    return table.concat(parts, " ")
}

func count_words(text) {
    counts := {}
    for w := range text:gmatch("%w+") {
        counts[w] = (counts[w] || 0) + 1
    }
    return counts
}

const text = make_text(100000)
var counts
for round := 1; round <= 60; round++ {
    counts = count_words(text)
}

const list = {}
for w, n := range counts {
    list[#list + 1] = {word: w, count: n}
}
table.sort(list, func(a, b) {
    if a.count != b.count { return a.count > b.count }
    return a.word < b.word
})
print(string.format("%d words", #list))
for i := 1; i <= 5; i++ {
    print(string.format("%s %d", list[i].word, list[i].count))
}
