// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! Nothing here is ever called: its statics are its whole effect.

registry::register!("alpha");

mod inner {
    registry::register!("beta");
}
