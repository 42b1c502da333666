//! Random modules before the verifier. See `fuzz_targets::targets::bytecode`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::targets::bytecode::verifier(data));
