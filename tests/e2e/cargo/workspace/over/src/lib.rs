// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A dylib over a dylib.

/// Counts in `either`.
pub fn count() -> u32 {
    either::count()
}
