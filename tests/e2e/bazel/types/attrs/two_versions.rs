// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("{}/{}", old_thing::thing(), new_thing::thing());
}

#[test]
fn the_tests_of_a_program_have_its_dependencies() {
    assert_ne!(old_thing::thing(), new_thing::thing());
}
