// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[no_mangle]
pub extern "C" fn natives() -> i32 {
    one::one() + calls_dynamic::dynamic() + registered::registered() + names_it::call()
}
