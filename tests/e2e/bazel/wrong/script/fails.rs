// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    eprintln!("no such planet");
    std::process::exit(3);
}
