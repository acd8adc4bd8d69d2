// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub use answer::answer;

pub fn doubled() -> u32 {
    answer!() * 2
}
