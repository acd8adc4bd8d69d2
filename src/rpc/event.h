/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What waits in the completion queue: each tag that gRPC is given is a struct event, and the thread
 * that takes it from the queue calls `done`. An event is in the queue once at a time.
 */

#include <stdbool.h>

#include "rpc/annotate.h"

struct event {
    void (*done)(void *owner, bool ok); /* ok: gRPC's "success" */
    void *owner;
};

/* The tag to give to gRPC. Everything done before this is seen by `done`. */
static inline void *event_tag(struct event *event)
{
    annotate_release(event);
    return event;
}

/* Acts on a tag that gRPC gave back. */
static inline void event_run(void *tag, bool ok)
{
    struct event *event = tag;

    annotate_acquire(event);
    event->done(event->owner, ok);
}
