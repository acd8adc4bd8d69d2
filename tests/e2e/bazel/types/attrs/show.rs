// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() {
    print!("{}{}", compiled_data::BY_PATH, compiled_data::BY_NAME);
    println!("{} {}", compiled_data::FROM_FILE, generated::made());
}
