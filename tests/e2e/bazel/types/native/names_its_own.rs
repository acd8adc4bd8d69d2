// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[link(name = "named", kind = "static")]
extern "C" {
    fn named() -> i32;
}

#[link(name = "dynamic")]
extern "C" {
    fn dynamic() -> i32;
}

fn main() {
    println!("{} {}", unsafe { named() }, unsafe { dynamic() });
}
