//! Goroutines that share everything. See `fuzz_targets::targets::program`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::targets::program::race(data));
