// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[test]
fn it_uses_a_dylib() {
    assert_eq!(shared::count(), 43);
}
