// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{:?}: {}", command, error));
    assert!(output.status.success(), "{:?}: {}", command, String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{} isn't set", name))
}

fn main() {
    let out = PathBuf::from(var("OUT_DIR"));
    let object = out.join("native.o");
    run(Command::new(var("CC"))
        .args(var("CFLAGS").split_whitespace())
        .args(["-g", "-fPIC", "-c", "native.c", "-o"])
        .arg(&object));
    run(Command::new(var("AR")).arg("rcsD").arg(out.join("libnative.a")).arg(&object));
    std::fs::remove_file(object).unwrap();
    let mut made = run(&mut Command::new(var("MAKER")));
    made.extend(format!("pub const EXTRA: bool = {};\n", var("CARGO_FEATURE_EXTRA") == "1").bytes());
    std::fs::write(out.join("made.rs"), made).unwrap();
    assert!(Path::new(&var("CARGO_MANIFEST_DIR")).join("native.c").exists());
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static=native");
    println!("cargo::rustc-check-cfg=cfg(scripted)");
    println!("cargo:rustc-cfg=scripted");
    println!("cargo:rustc-env=SCRIPTED=by the script");
    println!("cargo:rustc-link-arg-bins=-Wl,--defsym=scripted_answer=77");
    println!("cargo::metadata=flavor=sweet");
    println!("cargo:rerun-if-changed=native.c");
}
