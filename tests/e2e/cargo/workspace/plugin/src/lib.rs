// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A cdylib alone, with a soname from its build script and a C allocator inside. It exports what
//! its dependency exports, too.

/// Exported to C: 4, where the dependencies' constructors ran and C gave the memory.
#[no_mangle]
pub extern "C" fn plugin_answer() -> u32 {
    let before = allocator::calls();
    let boxes: Vec<Box<u32>> = (0..2).map(Box::new).collect();
    let allocated = allocator::calls() > before;
    (abi::registered() + boxes.len() * usize::from(allocated)) as u32
}
