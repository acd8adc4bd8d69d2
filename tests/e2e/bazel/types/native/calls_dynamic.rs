// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn dynamic() -> i32 {
    extern "C" {
        fn dynamic() -> i32;
    }
    unsafe { dynamic() }
}

#[test]
fn it_calls_a_shared_library() {
    assert_eq!(dynamic(), 99);
}
