// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library of any type that names the C library itself.

#[path = "native.rs"]
mod native;

#[no_mangle]
pub extern "C" fn over_native() -> i32 {
    native::first(20)
}
