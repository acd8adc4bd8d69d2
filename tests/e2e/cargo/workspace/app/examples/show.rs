// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Prints the linked parts.

fn main() {
    println!("{}", app::linked_parts());
}
