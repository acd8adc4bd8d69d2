// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("{}", vec![1u8; counting::count()].len() > 1000);
}

#[test]
fn counts() {
    assert!(counting::count() > 0);
}
