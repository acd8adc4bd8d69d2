// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    assert!(std::env::args().count() > 0);
    println!("its own main ran");
}
