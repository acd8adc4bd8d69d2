/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client that keeps many calls of one method in flight, on one connection and in one thread. What
 * goes wrong ends the program with a message.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct client;

/* Returns once the server at ADDRESS ("HOST:PORT" or "unix:PATH") says what it can. */
struct client *client_new(const char *address);
void client_free(struct client *client);

/* A message to send: HEAD and then TAIL, which isn't copied and stays as it is during the run. */
struct outgoing {
    struct buf head; /* released by the client */
    const void *tail;
    size_t tail_len;
    bool last; /* of its call */
};

/* What came in a call that ended well. */
struct answer {
    size_t messages;
    uint64_t bytes;   /* of all of them */
    struct buf final; /* the last one */
};

/* What the calls say, and what has to come of them. */
struct calls {
    const char *method;
    /* Fills the next message of call NUMBER, of which SENT went before. MESSAGE is empty. */
    void (*next)(void *user, size_t number, size_t sent, struct outgoing *message);
    /* False when the answer isn't what it should be. */
    bool (*check)(void *user, size_t number, const struct answer *answer);
    void *user;
};

/* How long it took. */
struct times {
    double seconds;            /* all of it */
    double median_ms, most_ms; /* of a call; 99 of 100 took less than the second */
};

/* Makes calls number 0 to COUNT - 1, IN_FLIGHT of them at once. */
void client_run(struct client *client, const struct calls *calls, size_t count, size_t in_flight,
                struct times *ret_times);

double seconds_now(void);

/* Sets what is said of single calls, from the seconds of each, which it sorts. */
void times_of(double *seconds, size_t count, struct times *times);

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
