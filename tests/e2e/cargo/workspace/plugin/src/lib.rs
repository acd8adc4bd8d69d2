// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A cdylib alone, with a soname from its build script and a C allocator inside. It exports what
//! its dependency exports, too.

use std::hint::black_box;

/// Exported to C: 4, where the dependencies' constructors ran and C gave the memory.
#[no_mangle]
pub extern "C" fn plugin_answer() -> u32 {
    let before = allocator::calls();
    let boxes = black_box([Box::new(1), Box::new(2)]);
    let allocated = allocator::calls() - before;
    (abi::registered() + boxes.len().min(allocated)) as u32
}
