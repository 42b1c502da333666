// skip gc-stress: a collection at each of a million steps takes minutes
// skip gc-alloc: so does one at each of its allocations
// Long storages are copied, and long texts read and written, piece by piece, while another goroutine collects.
done := make(chan, 1)
go func() {
    anys, floats, flags := {}, {}, {}
    for i := 1; i <= 150000; i++ {
        anys[i] = i % 3 == 0 && "s" .. i || i
        floats[i] = i + 0.5
    }
    for i := 1; i <= 1200000; i++ { flags[i] = i % 3 == 0 }
    print(#anys, anys[1], anys[3], anys[150000], anys[140003])
    print(#floats, floats[1], floats[150000], #flags, flags[1199999], flags[1200000])
    text := string.rep("a \"word\"\né", 20000)
    print(json.decode(json.encode({text: text})).text == text)
    print(csv.parse(csv.encode({{text, "b"}}))[1][1] == text)
    print(load("return " .. string.format("%q", text))() == text)
    done <- true
}()
for {
    ended := false
    select {
    case <-done: ended = true
    default: time.sleep(0.0002)
    }
    if ended { break }
    collectgarbage()
}
// expect: 150000	1	s3	s150000	140003
// expect: 150000	1.5	150000.5	1200000	false	true
// expect: true
// expect: true
// expect: true
