// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! What both programs share.

extern crate plugins as _;

use describe::Describe;
use serde::{Deserialize, Serialize};

include!(concat!(env!("OUT_DIR"), "/generated.rs"));

/// Words counted in a text.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize, Describe)]
pub struct Tally {
    pub words: usize,
    pub numbers: usize,
    pub compressed: usize,
}

impl Tally {
    /// Counts lines in parallel.
    pub fn of(text: &str) -> Tally {
        use rayon::prelude::*;
        let number = regex::Regex::new("^[0-9]+$").unwrap();
        let (words, numbers) = text
            .par_lines()
            .map(|line| {
                let numbers = line.split(' ').filter(|word| number.is_match(word)).count();
                (line.split(' ').count(), numbers)
            })
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        Tally {
            words,
            numbers,
            compressed: compressed(text.as_bytes()),
        }
    }
}

/// Bytes that zlib, compiled from C, makes of these.
fn compressed(bytes: &[u8]) -> usize {
    let mut room = vec![0u8; bytes.len() + 64];
    let mut size = room.len() as libz_sys::uLongf;
    let status = unsafe {
        libz_sys::compress(
            room.as_mut_ptr(),
            &mut size,
            bytes.as_ptr(),
            bytes.len() as libz_sys::uLong,
        )
    };
    assert_eq!(status, libz_sys::Z_OK);
    size as usize
}

/// One line for each thing that a wrong link would lose.
pub fn linked_parts() -> String {
    format!(
        "registered: {}\nnatives: {:?} whole archives: {:03b}\nC allocator: {}\ngenerated: {} by {}",
        registry::names().join(" "),
        natives_loose::values(),
        natives_bundled::whole_archives(),
        if allocator::calls() > 0 { "used" } else { "not used" },
        GENERATED,
        env!("APP_BUILT_BY"),
    )
}

#[deprecated = "this warning is here to be seen: a wrapper must pass it on"]
fn old() {}

/// Warns when it is compiled.
pub fn warns() {
    old();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words_and_numbers() {
        let tally = Tally::of("one 2\nthree");
        assert_eq!((tally.words, tally.numbers), (3, 1));
    }

    #[test]
    fn constructors_ran() {
        assert_eq!(registry::names(), ["alpha", "beta"]);
    }
}
