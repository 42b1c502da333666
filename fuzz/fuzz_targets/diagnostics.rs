//! Source texts through the renderer of diagnostics. See `fuzz_targets::targets::front_end`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::targets::front_end::diagnostics(data));
