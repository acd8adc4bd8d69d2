// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern "C" fn speak() {
    println!("spoken before main");
}

#[used]
#[link_section = ".init_array"]
static SPEAK: extern "C" fn() = speak;
