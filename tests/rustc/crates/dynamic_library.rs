// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[no_mangle]
pub extern "C" fn dynamic() -> usize {
    high::high(3).len() + low::low(1).len()
}
