// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Native libraries that travel inside the rlib: static in its default form, `+whole-archive`,
//! `+bundle,+whole-archive` and `+verbatim`.

extern "C" {
    fn announced() -> u32;
    fn plain_value() -> i32;
    fn verbatim_value() -> i32;
}

/// What the archives' functions return.
pub fn values() -> [i32; 2] {
    unsafe { [plain_value(), verbatim_value()] }
}

/// One bit for each archive that was linked whole, here and in `natives-loose`.
pub fn whole_archives() -> u32 {
    unsafe { announced() }
}
