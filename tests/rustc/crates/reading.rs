// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Reads its environment and other files while it is compiled.

fn main() {
    println!(
        "{} {:?} {} {}",
        env!("CLEAVE_TABLE"),
        option_env!("CLEAVE_TABLE_UNSET"),
        include_str!("reading.rs").len(),
        include_bytes!("reading.rs").len()
    );
}
