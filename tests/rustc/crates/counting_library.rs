// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[no_mangle]
pub extern "C" fn counted() -> usize {
    counting::count()
}
