// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn to(name: &str) -> String {
    format!("hello, {name}")
}

#[test]
fn greets_by_name() {
    assert_eq!(to("you"), "hello, you");
}
