// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Names `side` and calls nothing of it.

extern crate side;

#[no_mangle]
pub extern "C" fn nothing() {}
