// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Names `side` and calls nothing of it.

extern crate side;

fn main() {
    println!("main ran");
}
