// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn thing() -> String {
    let loudness = if cfg!(feature = "loud") { "loud" } else { "quiet" };
    format!("{} {} {}", loudness, env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_VERSION_PRE"))
}
