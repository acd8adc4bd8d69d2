// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern "C" {
    static registry: i32;
}

fn main() {
    println!("{}", unsafe { registry });
}
