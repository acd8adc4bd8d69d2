// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

mod made;

pub const TEXT: &str = include_str!("text/written.txt");
pub const MADE_TEXT: &str = include_str!("text/made.txt");
pub const MADE_TEXT_BY_NAME: &str = include_str!(env!("MADE_TEXT"));

pub fn made() -> u32 {
    made::numbers::MADE
}

#[test]
fn it_has_what_was_made() {
    assert_eq!(made(), 17);
    assert_eq!(MADE_TEXT, MADE_TEXT_BY_NAME);
    assert_ne!(TEXT, MADE_TEXT);
}
