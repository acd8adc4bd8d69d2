// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Nothing of this is ever called: only the linker keeps it.

extern "C" fn constructed() {
    println!("constructor ran");
}

#[used]
#[link_section = ".init_array"]
static CONSTRUCTOR: extern "C" fn() = constructed;

#[used]
#[link_section = "cleave_side"]
static IN_A_SECTION: [u8; 8] = *b"in there";
