// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A staticlib for C programs: std, a real dependency and bundled native libraries in one archive.

use std::ffi::{c_char, CStr};

/// How often the pattern matches in the text; -1 for a bad pattern.
///
/// # Safety
/// Both are strings as C has them.
#[no_mangle]
pub unsafe extern "C" fn archive_count(pattern: *const c_char, text: *const c_char) -> i32 {
    let word = |at| CStr::from_ptr(at).to_string_lossy();
    match regex::Regex::new(&word(pattern)) {
        Ok(regex) => regex.find_iter(&word(text)).count() as i32,
        Err(_) => -1,
    }
}

/// What the native libraries inside the archive return, added up.
#[no_mangle]
pub extern "C" fn archive_natives() -> i32 {
    natives_bundled::values().iter().sum()
}
