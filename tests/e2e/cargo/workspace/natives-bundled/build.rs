// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Native libraries that become members of the rlib, one per form.

use std::{env, fs, path::Path};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    println!("cargo:rerun-if-changed=native");
    println!("cargo:rustc-link-search=native={out}");
    for name in ["announce", "plain", "whole", "bundled_whole", "verbatim"] {
        cc::Build::new()
            .cargo_metadata(false)
            .file(format!("native/{name}.c"))
            .compile(name);
    }
    let out = Path::new(&out);
    fs::rename(out.join("libverbatim.a"), out.join("verbatim-1.0.lib")).unwrap();

    println!("cargo:rustc-link-lib=static=plain");
    println!("cargo:rustc-link-lib=static:+whole-archive=whole");
    println!("cargo:rustc-link-lib=static:+bundle,+whole-archive=bundled_whole");
    println!("cargo:rustc-link-lib=static:+verbatim=verbatim-1.0.lib");
    println!("cargo:rustc-link-lib=static=announce");
}
