// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Uses no macro itself.

fn main() {
    println!("{}", uses_maker::made());
}
