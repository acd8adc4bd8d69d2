// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A dylib and an rlib: which one a user links depends on `-C prefer-dynamic`.

use std::cell::Cell;

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(0) };
}

/// Counts per thread, in the one copy of this crate.
pub fn count() -> u32 {
    COUNT.with(|count| {
        count.set(count.get() + 1);
        count.get()
    })
}

/// Generic, hence compiled by its users.
pub fn twice<T: Clone>(value: &T) -> (T, T) {
    (value.clone(), value.clone())
}
