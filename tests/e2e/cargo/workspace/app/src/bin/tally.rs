// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Counts words, with clap, serde, regex, rayon and zlib.

use clap::Parser;

extern "C" {
    fn extra_value() -> i32;
}

/// Counts the words of a text
#[derive(Parser)]
struct Arguments {
    /// the text
    #[arg(default_value = "1 fish 2 fish\nred fish blue fish")]
    text: String,
}

fn main() {
    let arguments = Arguments::parse();
    let tally = app::Tally::of(&arguments.text);
    println!(
        "{}: {}",
        app::Tally::describe(),
        serde_json::to_string(&tally).unwrap()
    );
    println!("{}", app::linked_parts());
    println!("link argument: {}", unsafe { extra_value() });
}
