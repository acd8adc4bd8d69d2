// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A global allocator that lives in a dependency and whose work is done in C.

use std::alloc::{GlobalAlloc, Layout};

extern "C" {
    fn counting_alloc(align: usize, size: usize) -> *mut u8;
    fn counting_free(memory: *mut u8);
    fn counting_calls() -> usize;
}

struct Counting;

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        counting_alloc(layout.align(), layout.size())
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        counting_free(memory)
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often C was asked for memory.
pub fn calls() -> usize {
    unsafe { counting_calls() }
}
