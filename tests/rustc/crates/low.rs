// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! The lower of two dylibs.

pub static LOWEST: u32 = 11;

pub fn low(value: u32) -> String {
    format!("low {value}")
}

pub fn low_generic<T: ToString>(value: T) -> String {
    low(value.to_string().len() as u32)
}
