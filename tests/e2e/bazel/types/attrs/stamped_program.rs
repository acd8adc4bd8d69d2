// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("{}, built by {}", stamped_library::REVISION, env!("BUILDER"));
}
