// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Known to the program only through its own dependency.

pub fn over() -> u32 {
    foo::version() + 100
}
