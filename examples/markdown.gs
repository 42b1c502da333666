// Converts a useful part of Markdown to HTML.
// Shows: string.gsub with function and table replacements, line-by-line state machines, escaping.
//
//     gscript examples/markdown.gs                  converts a built-in sample
//     gscript examples/markdown.gs FILE             converts a file ("-" is standard input)
//
// Understood: # headings, paragraphs, - and 1. lists, > quotes, ``` code blocks, ---, `code`, **bold**, *italic*, links.

const SAMPLE = "# A *small* sample\n\nMarkdown is **plain text** with a few marks; 1 < 2 & so on.\nLines join into " ..
    "one paragraph.\n\n## Lists\n\n- first\n- second with `code <b>`\n- a [link](https://example.org/?a=1&b=2)\n\n" ..
    "1. one\n2. two\n\n> quoted\n> twice\n\n```gscript\nif a < b && c { print(\"*not bold*\") }\n```\n\n---\n\nThe end.\n"

const ENTITIES = {["&"]: "&amp;", ["<"]: "&lt;", [">"]: "&gt;", ["\""]: "&quot;"}

func escape(text) {
    return (text:gsub(`[&<>"]`, ENTITIES))
}

// Marks inside a line. Code spans and link targets are put aside, so that nothing in them is taken for a mark.
func inline(text) {
    aside := {}
    func putAside(html) {
        aside[#aside + 1] = html
        return "\x01" .. #aside .. "\x02"
    }
    text = text:gsub("`([^`]+)`", func(code) {
        return putAside("<code>" .. escape(code) .. "</code>")
    })
    text = escape(text)
    text = text:gsub("%[([^%]]+)%]%(([^%s)]+)%)", func(label, target) {
        scheme := target:match("^(%a[%w+.-]*):")
        if scheme && !table.contains({"http", "https", "mailto"}, scheme:lower()) {
            return nil                   // leave javascript: and the like as plain text
        }
        return putAside("<a href=\"" .. target .. "\">") .. label .. "</a>"
    })
    text = text:gsub("%*%*([^*]+)%*%*", "<strong>%1</strong>")
    text = text:gsub("%*([^*]+)%*", "<em>%1</em>")
    return (text:gsub("\x01(%d+)\x02", func(i) { return aside[tonumber(i)] }))
}

func convert(source) {
    out, paragraph, open := {}, {}, nil
    func emit(line) { out[#out + 1] = line }
    func endParagraph() {
        if #paragraph > 0 {
            emit("<p>" .. inline(table.concat(paragraph, "\n")) .. "</p>")
            paragraph = {}
        }
    }
    // Opens and closes the containers ul, ol and blockquote, of which at most one is open.
    func within(container) {
        endParagraph()
        if open != container {
            if open { emit("</" .. open .. ">") }
            if container { emit("<" .. container .. ">") }
            open = container
        }
    }
    code, codeTag := nil, nil            // lines of the code block that is being read, and the tag that begins it
    for line := range (source .. "\n"):gmatch("(.-)\r?\n") {
        hashes, title := line:match("^(#+)%s+(.-)%s*#*$")
        item := line:match("^[-*]%s+(.*)$")
        numbered := line:match("^%d+%.%s+(.*)$")
        quoted := line:match("^>%s?(.*)$")
        switch {
        case code && (line:match("^```")):
            emit(codeTag .. table.concat(code, "\n") .. "</code></pre>")
            code = nil
        case code:
            code[#code + 1] = escape(line)
        case (line:match("^```")):
            within(nil)
            language := line:match("^```%s*([%w_+-]+)")
            code = {}
            codeTag = "<pre><code" .. (language && " class=\"language-" .. language .. "\"" || "") .. ">"
        case (line:match("^%s*$")):
            within(nil)
        case hashes && #hashes <= 6:
            within(nil)
            emit(string.format("<h%d>%s</h%d>", #hashes, inline(title), #hashes))
        case (line:match("^%-%-%-+%s*$")):
            within(nil)
            emit("<hr>")
        case item:
            within("ul")
            emit("<li>" .. inline(item) .. "</li>")
        case numbered:
            within("ol")
            emit("<li>" .. inline(numbered) .. "</li>")
        case quoted:
            if open != "blockquote" { within("blockquote") }
            paragraph[#paragraph + 1] = quoted
        default:
            if open { within(nil) }
            paragraph[#paragraph + 1] = line
        }
    }
    if code {
        emit(codeTag .. table.concat(code, "\n") .. "</code></pre>")
    }
    within(nil)
    return table.concat(out, "\n")
}

func fail(message) {
    io.stderr:write("markdown: ", message, "\n")
    os.exit(1)
}

func main() {
    source := SAMPLE
    if arg[1] == "-" {
        source = io.read("a")
    } elseif arg[1] {
        file, problem := io.open(arg[1])
        if !file {
            fail(problem)
        }
        defer file:close()
        source, problem = file:read("a")
        if !source {
            fail(problem || "cannot read " .. arg[1])
        }
    }
    print(convert(source))
}

main()
