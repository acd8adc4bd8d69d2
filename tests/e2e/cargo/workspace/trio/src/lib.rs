// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Three crate types from one run: two that are linked or archived, and the rlib.

/// Exported to C.
#[no_mangle]
pub extern "C" fn trio_registered() -> usize {
    registry::names().len()
}
