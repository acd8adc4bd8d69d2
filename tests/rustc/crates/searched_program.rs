// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Its dependencies are found by -L alone.

extern crate bb;

fn main() {
    println!("{}", bb::through(9));
}
