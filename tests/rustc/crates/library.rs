// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library of any type over `bb` over `aa`.

pub use aa::inlined;

pub fn sum(values: &[u32]) -> u64 {
    aa::generic(values)
}

pub fn generic<T: std::fmt::Debug>(value: T) -> String {
    use aa::Describe;
    value.describe()
}

#[no_mangle]
pub extern "C" fn l_nomangle(value: u32) -> usize {
    let _guard = aa::Guard("library");
    bb::through(value).len() + aa::a_nomangle(value) as usize
}
