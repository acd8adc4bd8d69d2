// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    eprintln!("the script wants a thing");
    std::process::exit(3);
}
