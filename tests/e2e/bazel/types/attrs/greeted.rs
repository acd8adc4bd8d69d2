// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    print!("{}", include_str!("greeted.txt"));
}
