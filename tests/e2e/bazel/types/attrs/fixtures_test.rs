// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

use std::path::Path;

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path.as_ref())
        .unwrap_or_else(|error| panic!("{}: {}", path.as_ref().display(), error))
}

#[test]
fn fixtures_are_found_by_the_manifest_directory() {
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
    let running = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    assert_eq!(read(compiled.join("fixtures/input.txt")), "a fixture\n");
    assert_eq!(read(Path::new(&running).join("fixtures/input.txt")), "a fixture\n");
}

#[test]
fn fixtures_are_found_by_the_environment() {
    assert_eq!(read(std::env::var("FIXTURE").unwrap()), "a fixture\n");
    assert_eq!(read(std::env::var("LOCATION").unwrap()), "a fixture\n");
    assert_eq!(std::env::var("PLAIN").unwrap(), "as it is");
}

#[test]
fn programs_of_the_package_run_from_any_directory() {
    let directory = std::env::temp_dir();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_show"))
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("written text\n"));
}

#[test]
fn the_package_is_named() {
    assert_eq!(env!("CARGO_PKG_NAME"), "fixtures");
    assert_eq!(env!("CARGO_PKG_VERSION_MINOR"), "1");
}
