// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub const BY_PATH: &str = include_str!("text/written.txt");
pub const BY_NAME: &str = include_str!(env!("WRITTEN"));
pub const FROM_FILE: &str = env!("FROM_ENV_FILE");
