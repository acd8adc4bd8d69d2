// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library with everything that a dependency may leave to the crate above it.

use std::cell::Cell;

pub trait Describe {
    fn describe(&self) -> String;
}

impl<T: std::fmt::Debug> Describe for T {
    fn describe(&self) -> String {
        format!("<{self:?}>")
    }
}

pub struct Guard(pub &'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

pub static TABLE: [u32; 4] = [2, 3, 5, 7];
pub static NAMES: &[&str] = &["two", "three", "five", "seven"];
pub const LIMIT: usize = 3;

pub fn generic<T: Clone + Into<u64>>(values: &[T]) -> u64 {
    values.iter().cloned().map(Into::into).sum()
}

#[inline]
pub fn inlined(value: u32) -> u32 {
    value.rotate_left(5) ^ TABLE[value as usize % TABLE.len()]
}

pub fn plain(value: u32) -> u32 {
    CALLS.with(|calls| calls.set(calls.get() + 1));
    assert!(value < 1000, "too much: {value}");
    inlined(value) + NAMES.len() as u32
}

#[no_mangle]
pub extern "C" fn a_nomangle(value: u32) -> u32 {
    plain(value) + 1
}

#[export_name = "a_odd.name$x"]
pub extern "C" fn odd(value: u32) -> u32 {
    value + 2
}
