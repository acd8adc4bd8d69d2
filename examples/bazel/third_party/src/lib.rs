// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use serde::Serialize;

mod native {
    extern "C" {
        pub fn adler_checksum(bytes: *const u8, len: usize) -> u32;
    }
}

/// A text and its Adler-32 checksum.
#[derive(Debug, PartialEq, Serialize)]
pub struct Checksum {
    pub text: String,
    pub adler: u32,
}

/// The checksum that the C library computes.
pub fn checksum(text: &str) -> Checksum {
    // SAFETY: pointer and length are those of one string.
    let adler = unsafe { native::adler_checksum(text.as_ptr(), text.len()) };
    Checksum {
        text: text.to_owned(),
        adler,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn empty_text_has_checksum_one() {
        assert_eq!(super::checksum("").adler, 1);
    }
}
