/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Threads, which all block the signals that are for the main one. */

#include <pthread.h>

#include "base/error.h"

/* Starts a thread that runs RUN with USER. The caller joins it. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *user), void *user,
                 struct error *err) must_check;
