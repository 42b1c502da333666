//! JSON there and back. See `fuzz_targets::targets::json`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::targets::json::json(data));
