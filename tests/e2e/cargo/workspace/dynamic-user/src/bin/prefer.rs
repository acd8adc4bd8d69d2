// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Links `either` statically, or with `-C prefer-dynamic` as a dylib.

fn main() {
    let (first, second) = either::twice(&either::count());
    println!("prefer: {first} {second}");
}
