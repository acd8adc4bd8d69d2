// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Native libraries that stay outside the rlib and are named on the linker's line, one per form.

use std::{env, fs, path::Path};

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    println!("cargo:rerun-if-changed=native");
    println!("cargo:rustc-link-search=native={out}");
    for name in ["loose", "loose_whole", "loose_verbatim"] {
        cc::Build::new()
            .cargo_metadata(false)
            .file(format!("native/{name}.c"))
            .compile(name);
    }
    let out = Path::new(&out);
    fs::rename(
        out.join("libloose_verbatim.a"),
        out.join("loose-verbatim-1.0.lib"),
    )
    .unwrap();
    shared_object(out);

    println!("cargo:rustc-link-lib=static:-bundle=loose");
    println!("cargo:rustc-link-lib=static:-bundle,+whole-archive=loose_whole");
    println!("cargo:rustc-link-lib=static:-bundle,+verbatim=loose-verbatim-1.0.lib");
    println!("cargo:rustc-link-lib=dylib=loose_dylib");
}

fn shared_object(out: &Path) {
    let status = cc::Build::new()
        .get_compiler()
        .to_command()
        .args(["-shared", "-fPIC", "native/loose_dylib.c", "-o"])
        .arg(out.join("libloose_dylib.so"))
        .status()
        .unwrap();
    assert!(status.success());
}
