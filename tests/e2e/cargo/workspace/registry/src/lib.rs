// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Names that crates put here before `main`, as `inventory` and `ctor` do.

use std::sync::Mutex;

static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());

/// Adds a name. Runs before `main`.
pub fn register(name: &'static str) {
    NAMES.lock().unwrap().push(name);
}

/// What was registered, sorted: the linker decides the order of constructors.
pub fn names() -> Vec<&'static str> {
    let mut names = NAMES.lock().unwrap().clone();
    names.sort_unstable();
    names
}

/// Registers a name from a static that nothing refers to: only the linker keeps it.
#[macro_export]
macro_rules! register {
    ($name:literal) => {
        const _: () = {
            extern "C" fn run() {
                $crate::register($name);
            }
            #[used]
            #[link_section = ".init_array"]
            static RUN: extern "C" fn() = run;
        };
    };
}
