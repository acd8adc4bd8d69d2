// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A program that names the C library itself.

#[path = "native.rs"]
mod native;

fn main() {
    println!("{}", native::first(20));
}
