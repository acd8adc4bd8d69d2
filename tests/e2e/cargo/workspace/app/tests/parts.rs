// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! An integration test, linked with the library and with crates of several types.

#[test]
fn every_linked_part_is_there() {
    let parts = app::linked_parts();
    assert!(
        parts.contains("natives: [1, 2, 3, 4, 5] whole archives: 111"),
        "{parts}"
    );
    assert!(parts.contains("registered: alpha beta"), "{parts}");
}

#[test]
fn crates_of_several_types_are_linked_as_rlibs() {
    assert_eq!(abi::registered(), 2);
    assert_eq!(trio::trio_registered(), 2);
    assert_eq!(abi::abi_sum([1, 2, 3].as_ptr(), 3), 6);
}
