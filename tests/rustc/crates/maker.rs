// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A proc macro that other crates use.

extern crate proc_macro;

use proc_macro::TokenStream;

#[proc_macro]
pub fn make(_input: TokenStream) -> TokenStream {
    "42u32".parse().unwrap()
}
