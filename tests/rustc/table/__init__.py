# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""RUSTC's behaviour that cleave leans on, as a table of tests: see __main__.py."""
