// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Linked to a dylib.

fn main() {
    println!("dynamic: {}", shared::names());
}
