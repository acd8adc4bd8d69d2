// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A proc macro over `bb` over `aa`.

extern crate proc_macro;

use proc_macro::TokenStream;

#[proc_macro]
pub fn answer(_input: TokenStream) -> TokenStream {
    bb::through(3).len().to_string().parse().unwrap()
}

#[proc_macro_derive(Nothing)]
pub fn nothing(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
