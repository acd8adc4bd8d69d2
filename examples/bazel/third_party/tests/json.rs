// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

#[test]
fn checksum_is_written_as_json() {
    let json = serde_json::to_string(&checksums::checksum("Wikipedia")).unwrap();
    assert_eq!(json, r#"{"text":"Wikipedia","adler":300286872}"#);
}
