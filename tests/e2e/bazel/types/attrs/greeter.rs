// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use std::env;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    println!("{} {} by {}", env::var("GREETED").unwrap(), env::var("LOCATION").unwrap(), arguments.join(" "));
}
