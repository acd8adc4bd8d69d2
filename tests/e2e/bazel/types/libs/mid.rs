// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn mid() -> String {
    leaf::shown(leaf::answer())
}
