// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn sum() -> i32 {
    one::one() + calls_dynamic::dynamic() + registered::registered() + unbundled::call()
}
