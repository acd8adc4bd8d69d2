/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret_thread, void *(*run)(void *user), void *user, struct error *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int errnum = pthread_create(ret_thread, NULL, run, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return errnum ? error_set_errno(err, errnum, "can't start a thread") : 0;
}
