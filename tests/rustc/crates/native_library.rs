// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[no_mangle]
pub extern "C" fn over_native() -> i32 {
    native::first(20)
}
