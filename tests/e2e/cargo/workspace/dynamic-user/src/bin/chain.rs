// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Linked to a dylib over a dylib: both see one counter.

fn main() {
    over::count();
    println!("chain: {}", either::count());
}
