/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_pieces.h"

#include <pthread.h>

#include "base/thread.h"
#include "reapi/client_private.h"

/* Shared by the threads. */
struct work {
    const struct client *client;
    size_t count;
    client_piece_fn *run;
    void *user;
    atomic_size_t next;
    atomic_bool stop;
    pthread_mutex_t lock; /* of the two below */
    int result;
    struct error *err;
};

static void end_all(struct work *work, int result, struct error *err)
{
    pthread_mutex_lock(&work->lock);
    if (work->result == 0) {
        work->result = result;
        error_release(work->err);
        *work->err = *err;
        *err = (struct error)ERROR_INIT;
    }
    pthread_mutex_unlock(&work->lock);
    atomic_store(&work->stop, true);
}

static void *do_some(void *user)
{
    struct work *work = user;
    struct client client = *work->client;

    client.stop = &work->stop;
    for (size_t piece; !atomic_load(&work->stop);) {
        auto_error err = ERROR_INIT;
        if ((piece = atomic_fetch_add(&work->next, 1)) >= work->count)
            break;
        int result = work->run(work->user, &client, piece, &err);
        if (result != 0)
            end_all(work, result, &err);
    }
    return NULL;
}

/* This thread is one of them. Where there can't be more, fewer do. */
int client_do_pieces(struct client *client, size_t count, client_piece_fn *run, void *user,
                     struct error *err)
{
    struct work work = {.client = client,
                        .count = count,
                        .run = run,
                        .user = user,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .err = err};
    pthread_t threads[CLIENT_PIECES - 1];
    size_t started = 0;

    while (started < CLIENT_PIECES - 1 && started + 1 < count) {
        auto_error none = ERROR_INIT;
        if (thread_start(&threads[started], do_some, &work, &none) < 0)
            break;
        started++;
    }
    do_some(&work);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return work.result;
}
