// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    println!("pub const MADE_BY_TOOL: u32 = 3;");
}
