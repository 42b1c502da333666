//! The golden test runner, as a library.
//!
//! A golden test is a script whose comments say what it prints and how it ends (`case`). The runner finds the scripts
//! (`discover`), runs each as a child process (`child`) once per way of executing (`mode`), compares (`verdict`, `diff`) and
//! reports a difference together with the commands that repeat it (`trial`). Whatever does not need the program under test
//! is here, so that it has unit tests of its own; `tests/golden.rs` and `tests/examples.rs` only list the trials.
//!
//! It knows nothing about the language: a script is bytes with comments in it.

pub mod case;
pub mod child;
pub mod diff;
pub mod discover;
pub mod docs;
pub mod mode;
pub mod trial;
pub mod verdict;

/// The Rust examples of the embedding guide are documentation tests of this item.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
pub struct EmbeddingGuide;

/// The Rust example of the front page is a documentation test of this item.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
