# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What clients should not do, topic by topic."""

from . import connections, trees, uploads

TOPICS = (uploads, trees, connections)
