// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A program, and its tests, over `bb` over `aa`.

use aa::Describe;

fn parts(count: usize) -> Vec<String> {
    let mut parts = Vec::new();
    bb::each(|name| parts.push(format!("{name}{count}").describe()));
    parts
}

fn main() {
    let _guard = aa::Guard("main");
    println!("{} {:?} {}", bb::through(7), parts(3), bb::b_nomangle());
}

#[test]
fn parts_are_three() {
    assert_eq!(parts(1).len(), aa::LIMIT);
}
