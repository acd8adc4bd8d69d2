/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * capabilities(7). After this the process has none, and what it executes has none either, also
 * when it is root's. Returns -1 with errno set on failure.
 */
int capabilities_drop(void) __attribute__((warn_unused_result));
