/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Unix sockets that have a file. */

#include <sys/un.h>

#include "base/error.h"

/* The address of PATH. One that is empty or too long for a socket is refused. */
int unix_socket_address(const char *path, struct sockaddr_un *ret_address,
                        struct error *err) must_check;

/* Connects, close-on-exec. Returns 1 when nobody listens there: no file, or one left behind. */
int unix_socket_connect(const char *path, int *ret_fd, struct error *err) must_check;

/*
 * Makes room for a socket: removes a socket file on which nobody listens. One on which someone
 * does, or another kind of file, is an error and stays.
 */
int unix_socket_clear(const char *path, struct error *err) must_check;
