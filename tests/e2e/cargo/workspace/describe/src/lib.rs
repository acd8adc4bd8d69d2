// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! `#[derive(Describe)]`: a proc macro without dependencies.

use proc_macro::{TokenStream, TokenTree};

/// Implements `describe()`, which returns the type's name.
#[proc_macro_derive(Describe)]
pub fn derive(input: TokenStream) -> TokenStream {
    let name = type_name(input).expect("a struct or an enum");
    format!("impl {name} {{ pub fn describe() -> &'static str {{ \"{name}\" }} }}")
        .parse()
        .unwrap()
}

fn type_name(input: TokenStream) -> Option<String> {
    let mut tokens = input.into_iter().skip_while(|token| !starts_type(token));
    tokens.next()?;
    tokens.next().map(|name| name.to_string())
}

fn starts_type(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if ["struct", "enum"].contains(&&*word.to_string()))
}
