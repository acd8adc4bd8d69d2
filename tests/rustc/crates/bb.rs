// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library over a library.

use aa::Describe;

pub fn through(value: u32) -> String {
    let _guard = aa::Guard("bb");
    (aa::plain(value), aa::generic(&[value, 1])).describe()
}

pub fn each<F: FnMut(&str)>(mut f: F) {
    aa::NAMES.iter().take(aa::LIMIT).for_each(|name| f(name));
}

#[no_mangle]
pub extern "C" fn b_nomangle() -> u32 {
    aa::odd(40)
}
