// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("{} {}", high::high(3), low::low_generic("four"));
}
