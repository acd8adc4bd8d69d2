// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use proc_macro::TokenStream;
use std::time::{SystemTime, UNIX_EPOCH};

#[proc_macro]
pub fn now(_: TokenStream) -> TokenStream {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("pub const NOW: u128 = {};", now.as_nanos()).parse().unwrap()
}
