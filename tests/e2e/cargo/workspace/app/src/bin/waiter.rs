// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Counts on tokio's runtime of one thread.

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let tally = runtime.block_on(async {
        let task = tokio::spawn(async { app::Tally::of("4 birds\n1 tree") });
        task.await.unwrap()
    });
    println!("waiter: {tally:?}");
    println!("{}", app::linked_parts());
}
