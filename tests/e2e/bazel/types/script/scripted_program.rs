// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern "C" {
    static scripted_answer: u8;
}

fn main() {
    let answer = std::ptr::addr_of!(scripted_answer) as usize % 4096;
    println!("{} {}", scripted::scripted(), answer);
}
