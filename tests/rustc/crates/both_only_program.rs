// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("{} {}", both::both(3), both::both_generic(4u8));
}
