// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

extern crate proc_macro;

use proc_macro::TokenStream;

fn source() -> String {
    format!("{}", leaf::answer())
}

#[proc_macro]
pub fn answer(_: TokenStream) -> TokenStream {
    source().parse().unwrap()
}

#[cfg(test)]
mod tests {
    #[test]
    fn its_source_is_a_number() {
        assert_eq!(super::source(), "42");
    }
}
