// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A dylib with an rlib inside.

registry::register!("shared");

/// Names registered inside this library.
pub fn names() -> String {
    registry::names().join(",")
}
