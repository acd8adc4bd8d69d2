# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What breaks around the daemon, and the daemon itself."""

from . import crashes, damage, disk, limits

TOPICS = (damage, disk, limits, crashes)
