// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use proc_macro::TokenStream;

#[proc_macro]
pub fn thirteen(_: TokenStream) -> TokenStream {
    one::one().to_string().parse().unwrap()
}
