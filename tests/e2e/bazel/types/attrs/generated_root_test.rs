// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[test]
fn a_generated_root_has_written_modules() {
    assert_eq!(generated_root::all(), 2);
}
