print(json.encode("a\"b\\c\n\r\t\b\f")) // expect: "a\"b\\c\n\r\t\b\f"
print(json.encode("\x00\x1f\u007f/<>&")) // expect: "\u0000\u001f/<>&"
print(json.encode("a\xffb") == "\"a\u{fffd}b\"", json.encode("日本語")) // expect: true	"日本語"
