# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""A scripted client of the Remote Execution API, and cleaved started for one test script."""
