//! What library functions do to the tables that they are given.
//!
//! Functions that are not listed touch none, or only new ones. Those that call scripts do so through the interpreter, which sees
//! what these do.

/// What a function does to its arguments, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Touch {
    /// Reads all of a table.
    ReadsAll(u32),
    /// Reads all of every argument that is a table.
    ReadsAllTables,
    /// Writes all of a table.
    WritesAll(u32),
    /// Reads all of one and writes all of another, if there is one, else of the first.
    Moves(u32, u32),
    /// Reads one key of a table.
    Reads,
    /// Writes one key of a table.
    Writes,
    /// Asks for the length of a table.
    Measures,
    /// The step of a traversal.
    Steps,
    /// Reads the metatable.
    ReadsMetatable,
    /// Writes the metatable.
    WritesMetatable,
    /// `table.insert`.
    Inserts,
    /// `table.remove`.
    Removes,
    /// Calls its first argument with those that follow.
    Calls(u32),
}

/// What the function of this name does.
pub(super) fn touch(name: &str) -> Option<Touch> {
    use Touch::*;
    Some(match name {
        "table.concat"
        | "table.unpack"
        | "unpack"
        | "table.keys"
        | "table.values"
        | "table.toArray"
        | "table.contains"
        | "table.indexOf"
        | "table.count"
        | "table.copy"
        | "table.fromArray"
        | "table.unique"
        | "table.flatten"
        | "table.slice"
        | "table.filter"
        | "table.map"
        | "table.reduce"
        | "json.encode"
        | "json.pretty"
        | "csv.encode"
        | "csv.encodeWithHeaders" => ReadsAll(0),
        "table.zip" => ReadsAllTables,
        "string.join" => ReadsAll(0),
        "table.merge" => Moves(1, 0),
        "table.sort" | "table.reverse" => WritesAll(0),
        "table.move" => Moves(0, 4),
        "table.insert" => Inserts,
        "table.remove" => Removes,
        "rawget" => Reads,
        "rawset" => Writes,
        "rawlen" | "len" => Measures,
        "next" => Steps,
        "getmetatable" => ReadsMetatable,
        "setmetatable" => WritesMetatable,
        "pcall" => Calls(1),
        "xpcall" => Calls(2),
        _ => return None,
    })
}
