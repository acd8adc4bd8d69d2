// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Panic handler and allocator of a crate without std.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};

const SIZE: usize = 1 << 16;
static mut HEAP: [u8; SIZE] = [0; SIZE];
static USED: AtomicUsize = AtomicUsize::new(0);

struct Bump;

unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = layout.size() + layout.align();
        let start = USED.fetch_add(size, Ordering::Relaxed);
        if start + size > SIZE {
            return core::ptr::null_mut();
        }
        let base = unsafe { core::ptr::addr_of_mut!(HEAP) } as *mut u8;
        let at = base as usize + start;
        base.wrapping_add(start + (layout.align() - at % layout.align()) % layout.align())
    }

    unsafe fn dealloc(&self, _pointer: *mut u8, _layout: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump;

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// What `alloc`, which was compiled to unwind, refers to.
#[no_mangle]
pub extern "C" fn rust_eh_personality() {}

#[no_mangle]
pub extern "C" fn _Unwind_Resume() {}

pub fn used() -> usize {
    USED.load(Ordering::Relaxed)
}
