// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

fn main() -> Result<(), serde_json::Error> {
    for text in std::env::args().skip(1) {
        println!("{}", serde_json::to_string(&checksums::checksum(&text))?);
    }
    Ok(())
}
