// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! An object that only the linker's line names, for the programs of this package; and a file of
//! Rust for the library.

use std::{env, fs, path::Path};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    println!("cargo:rerun-if-changed=extra.c");
    println!("cargo:rustc-env=APP_BUILT_BY=build script");
    fs::write(
        Path::new(&out).join("generated.rs"),
        "pub const GENERATED: u32 = 6;\n",
    )
    .unwrap();
    for object in cc::Build::new()
        .cargo_metadata(false)
        .file("extra.c")
        .compile_intermediates()
    {
        println!("cargo:rustc-link-arg={}", object.display());
    }
    println!("cargo:rustc-link-arg-bin=tally=-Wl,-z,now");
    println!("cargo:rustc-link-arg-examples=-Wl,--build-id=sha1");
}
