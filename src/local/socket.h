/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The unix sockets of one user, and the directory that holds them: reapi.sock, the service for
 * clients of the Remote Execution API, and local.sock, for cleave and cleaved's commands.
 */

#include <sys/types.h>

#include "base/error.h"

#define REAPI_SOCKET "reapi.sock"
#define LOCAL_SOCKET "local.sock"

/*
 * $XDG_RUNTIME_DIR/cleave where that variable names an absolute directory of this user's; else
 * /tmp/cleave-UID. ENV is a list of environment strings. Owned by caller. Nothing is made.
 */
char *runtime_dir(char *const *env);

/*
 * Makes the directory, where it isn't there, with mode 0700. One that is a link, another user's, or
 * open to others is refused: whoever can write to it could stand in for the daemon.
 */
int runtime_dir_make(const char *dir, struct error *err) must_check;

/* The same, for a directory that should be there. Returns 1 if it isn't. */
int runtime_dir_check(const char *dir, struct error *err) must_check;

/*
 * Listens on PATH: a stream socket, close-on-exec, whose file has mode 0600. What is there is
 * treated as by unix_socket_clear.
 */
int socket_listen(const char *path, int *ret_fd, struct error *err) must_check;

/*
 * Fails unless the process at the other end is this user's or root's (SO_PEERCRED). Sets *ret_pid:
 * the process that connected, or that listens; 0 if it isn't in our PID namespace.
 */
int socket_check_peer(int fd, pid_t *ret_pid, struct error *err) must_check;
