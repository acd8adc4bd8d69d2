// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use speaks as _;

fn main() {
    println!("main");
}
