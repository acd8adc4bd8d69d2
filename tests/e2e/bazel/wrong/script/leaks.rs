// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    let here = std::env::current_dir().unwrap();
    std::fs::write(out + "/where.txt", here.to_str().unwrap()).unwrap();
}
