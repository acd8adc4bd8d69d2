/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who an action is, and what it may not do. */

#include <sys/types.h>

#include "base/error.h"

/* User and group as an action sees itself: the same ones wherever it runs. */
#define SANDBOX_ID 1000

/*
 * Maps SANDBOX_ID of the process's new user namespace to the outer user and group. For its parent,
 * which is that user, or root.
 */
int rights_map_ids(pid_t pid, uid_t outer_user, gid_t outer_group, struct error *err) must_check;

/* Becomes SANDBOX_ID; keeps the capabilities that it has in its user namespace. */
int rights_take_id(struct error *err) must_check;

/* Brings up the loopback of the process's own network, and names the machine "localhost". */
int rights_own_network(struct error *err) must_check;

/* Limits, and what the kernel kills first when memory runs out. */
int rights_limit(struct error *err) must_check;

/*
 * No capability is left, none can be had by exec, also not by one that belongs to root. Nobody who
 * has no more rights can look into the process.
 */
int rights_drop(struct error *err) must_check;
