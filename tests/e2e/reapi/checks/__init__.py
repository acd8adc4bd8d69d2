# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What a service of the Remote Execution API has to do, topic by topic."""

from . import action_cache, bytestream, capabilities, cas, execution, operations, outputs

TOPICS = (capabilities, cas, bytestream, action_cache, execution, outputs, operations)
