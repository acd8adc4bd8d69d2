// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! The higher of two dylibs.

pub fn high(value: u32) -> String {
    format!("high {} {}", low::low(value), low::LOWEST)
}
