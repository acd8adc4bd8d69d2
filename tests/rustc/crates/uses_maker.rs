// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library whose body uses a proc macro.

pub fn made() -> u32 {
    maker::make!()
}
