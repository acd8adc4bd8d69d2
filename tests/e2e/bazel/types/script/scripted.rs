// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

include!(concat!(env!("OUT_DIR"), "/made.rs"));

extern "C" {
    fn native() -> i32;
}

#[cfg(scripted)]
pub fn scripted() -> String {
    format!("{} {} {} {}", env!("SCRIPTED"), unsafe { native() }, MADE_BY_TOOL, EXTRA)
}

#[test]
fn it_has_what_the_script_made() {
    assert_eq!(scripted(), "by the script 21 3 true");
}
