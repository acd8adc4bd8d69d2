// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Native libraries that the linker finds by itself: `-bundle`, `-bundle,+whole-archive`,
//! `-bundle,+verbatim` and `dylib`.

extern "C" {
    fn loose_value() -> i32;
    fn loose_verbatim_value() -> i32;
    fn loose_dylib_value() -> i32;
}

/// What the libraries' functions return, those of `natives-bundled` first.
pub fn values() -> Vec<i32> {
    let mut values = natives_bundled::values().to_vec();
    values.extend(unsafe { [loose_value(), loose_verbatim_value(), loose_dylib_value()] });
    values
}
