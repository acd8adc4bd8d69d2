// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("cargo:rerun-if-changed=counting.c");
    cc::Build::new().file("counting.c").compile("counting");
}
