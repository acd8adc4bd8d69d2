// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern "C" {
    fn add(a: i32, b: i32) -> i32;
    fn root(of: f64) -> f64;
}

pub fn one() -> i32 {
    unsafe { add(1, root(64.0) as i32) }
}

#[test]
fn it_calls_c() {
    assert_eq!(one(), 13);
}
