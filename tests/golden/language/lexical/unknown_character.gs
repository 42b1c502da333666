print(1 @ 2)
// expect compile error: unknown_character.gs:1:
