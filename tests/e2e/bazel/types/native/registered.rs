// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern "C" {
    static registry: i32;
}

pub fn registered() -> i32 {
    unsafe { registry }
}
