/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/input_layers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "server/fingerprint.h"

#define BUCKETS 4096

/*
 * A layer that was looked at so lately isn't looked at again: what changed since could as well have
 * changed while an action ran.
 */
#define CHECK_SECONDS 1

struct layer {
    struct digest id;
    char *path; /* NULL while it is being built */
    uint64_t nodes, bytes;
    uint64_t fingerprint;
    time_t checked;
    unsigned users;
    bool is_ready;
    bool is_listed; /* in the table and the list, and counted */
    struct layer *next_in_bucket;
    struct layer *newer, *older;
};

struct layers {
    struct scratch *scratch;
    uint64_t max_nodes, max_bytes;

    pthread_mutex_t mutex; /* guards what follows, but for a ready layer's path */
    pthread_cond_t changed;
    struct layer *buckets[BUCKETS];
    struct layer *newest, *oldest;
    struct layers_stats stats;
};

/* ---- the table, with the mutex ---- */

static struct layer **bucket_of(struct layers *layers, const struct digest *id)
{
    uint32_t hash;

    memcpy(&hash, id->bytes, sizeof(hash));
    return &layers->buckets[hash % BUCKETS];
}

static struct layer *look_up(struct layers *layers, const struct digest *id)
{
    struct layer *layer = *bucket_of(layers, id);

    while (layer && !digest_equal(&layer->id, id))
        layer = layer->next_in_bucket;
    return layer;
}

static void make_newest(struct layers *layers, struct layer *layer)
{
    layer->older = layers->newest;
    layer->newer = NULL;
    if (layers->newest)
        layers->newest->newer = layer;
    else
        layers->oldest = layer;
    layers->newest = layer;
}

static void take_from_list(struct layers *layers, struct layer *layer)
{
    if (layer->newer)
        layer->newer->older = layer->older;
    else
        layers->newest = layer->older;
    if (layer->older)
        layer->older->newer = layer->newer;
    else
        layers->oldest = layer->newer;
}

static void list_layer(struct layers *layers, struct layer *layer)
{
    struct layer **bucket = bucket_of(layers, &layer->id);

    layer->next_in_bucket = *bucket;
    *bucket = layer;
    make_newest(layers, layer);
    layer->is_listed = true;
    layers->stats.count++;
    layers->stats.nodes += layer->nodes;
    layers->stats.bytes += layer->bytes;
}

static void unlist_layer(struct layers *layers, struct layer *layer)
{
    struct layer **link = bucket_of(layers, &layer->id);

    if (!layer->is_listed)
        return;
    while (*link != layer)
        link = &(*link)->next_in_bucket;
    *link = layer->next_in_bucket;
    take_from_list(layers, layer);
    layer->is_listed = false;
    layers->stats.count--;
    layers->stats.nodes -= layer->nodes;
    layers->stats.bytes -= layer->bytes;
}

static bool is_over_limit(const struct layers *layers)
{
    return layers->stats.nodes > layers->max_nodes || layers->stats.bytes > layers->max_bytes;
}

/* Takes layers that nobody uses out, as far as need be: a list by next_in_bucket. */
static struct layer *take_superfluous(struct layers *layers)
{
    struct layer *gone = NULL;

    for (struct layer *layer = layers->oldest; layer && is_over_limit(layers);) {
        struct layer *newer = layer->newer;
        if (layer->users == 0) {
            unlist_layer(layers, layer);
            layer->next_in_bucket = gone;
            gone = layer;
        }
        layer = newer;
    }
    return gone;
}

/* ---- without the mutex ---- */

static void free_layer(struct layers *layers, struct layer *layer)
{
    scratch_discard(layers->scratch, layer->path);
    free(layer);
}

static void free_list(struct layers *layers, struct layer *layer)
{
    while (layer) {
        struct layer *next = layer->next_in_bucket;
        free_layer(layers, layer);
        layer = next;
    }
}

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* Whether the ready layer's files are still those that it was made of. */
static bool is_unchanged(struct layers *layers, struct layer *layer)
{
    uint64_t fingerprint = 0;
    time_t time = now();

    pthread_mutex_lock(&layers->mutex);
    bool is_fresh = time - layer->checked <= CHECK_SECONDS;
    pthread_mutex_unlock(&layers->mutex);
    if (is_fresh)
        return true;
    if (fingerprint_tree(layer->path, &fingerprint) < 0 || fingerprint != layer->fingerprint)
        return false;
    pthread_mutex_lock(&layers->mutex);
    layer->checked = time;
    pthread_mutex_unlock(&layers->mutex);
    return true;
}

static void drop(struct layers *layers, struct layer *layer)
{
    pthread_mutex_lock(&layers->mutex);
    unlist_layer(layers, layer);
    pthread_mutex_unlock(&layers->mutex);
    layers_give_back(layers, layer);
}

/* With the mutex: waits for one that is being built. Returns one that is ready, with a user more,
 * or NULL. */
static struct layer *await(struct layers *layers, const struct digest *id)
{
    struct layer *layer = look_up(layers, id);

    while (layer && !layer->is_ready) {
        pthread_cond_wait(&layers->changed, &layers->mutex);
        layer = look_up(layers, id);
    }
    if (!layer)
        return NULL;
    layer->users++;
    take_from_list(layers, layer);
    make_newest(layers, layer);
    return layer;
}

struct layer *layers_find(struct layers *layers, const struct digest *id)
{
    pthread_mutex_lock(&layers->mutex);
    struct layer *layer = await(layers, id);
    pthread_mutex_unlock(&layers->mutex);
    if (layer && !is_unchanged(layers, layer)) {
        drop(layers, layer);
        return NULL;
    }
    if (layer) {
        pthread_mutex_lock(&layers->mutex);
        layers->stats.reused++;
        pthread_mutex_unlock(&layers->mutex);
    }
    return layer;
}

/* Lists one that is to be built, by us; NULL if another thread was faster. */
static struct layer *claim(struct layers *layers, const struct layer_plan *plan)
{
    struct layer *layer = NULL;

    pthread_mutex_lock(&layers->mutex);
    if (!look_up(layers, &plan->id)) {
        layer = xcalloc(1, sizeof(*layer));
        layer->id = plan->id;
        layer->nodes = plan->nodes;
        layer->bytes = plan->bytes;
        layer->users = 1;
        list_layer(layers, layer);
    }
    pthread_mutex_unlock(&layers->mutex);
    return layer;
}

static int build(struct layers *layers, struct layer *layer, const struct layer_plan *plan,
                 struct rpc_status *status)
{
    auto_error err = ERROR_INIT;

    if (scratch_make(layers->scratch, SCRATCH_TREE, &layer->path, &err) < 0)
        return rpc_status_set(status, RPC_UNAVAILABLE, "%s", err.text);
    if (plan->build(plan->user, layer->path, status) < 0)
        return -1;
    if (fingerprint_tree(layer->path, &layer->fingerprint) < 0)
        return rpc_status_set(status, RPC_UNAVAILABLE, "cannot read the inputs in %s", layer->path);
    return 0;
}

/* What is built is there for all, or not at all. */
static void publish(struct layers *layers, struct layer *layer, bool is_good)
{
    pthread_mutex_lock(&layers->mutex);
    if (is_good) {
        layer->checked = now();
        layer->is_ready = true;
        layers->stats.built++;
    } else {
        unlist_layer(layers, layer);
    }
    struct layer *gone = take_superfluous(layers);
    pthread_cond_broadcast(&layers->changed);
    pthread_mutex_unlock(&layers->mutex);
    free_list(layers, gone);
}

int layers_take(struct layers *layers, const struct layer_plan *plan, struct layer **ret_layer,
                struct rpc_status *status)
{
    struct layer *layer;

    for (;;) {
        layer = layers_find(layers, &plan->id);
        if (layer) {
            *ret_layer = layer;
            return 0;
        }
        layer = claim(layers, plan);
        if (layer)
            break;
    }
    int result = build(layers, layer, plan, status);
    publish(layers, layer, result == 0);
    if (result < 0)
        free_layer(layers, layer);
    else
        *ret_layer = layer;
    return result;
}

void layers_give_back(struct layers *layers, struct layer *layer)
{
    struct layer *gone = NULL;

    pthread_mutex_lock(&layers->mutex);
    if (--layer->users == 0) {
        if (layer->is_listed) {
            gone = take_superfluous(layers);
        } else {
            layer->next_in_bucket = NULL;
            gone = layer;
        }
    }
    pthread_mutex_unlock(&layers->mutex);
    free_list(layers, gone);
}

const char *layer_path(const struct layer *layer)
{
    return layer->path;
}

void layers_stats(struct layers *layers, struct layers_stats *ret_stats)
{
    pthread_mutex_lock(&layers->mutex);
    *ret_stats = layers->stats;
    pthread_mutex_unlock(&layers->mutex);
}

/* ---- open and close ---- */

struct layers *layers_new(struct scratch *scratch, uint64_t max_nodes, uint64_t max_bytes)
{
    struct layers *layers = xcalloc(1, sizeof(*layers));

    layers->scratch = scratch;
    layers->max_nodes = max_nodes;
    layers->max_bytes = max_bytes;
    pthread_mutex_init(&layers->mutex, NULL);
    pthread_cond_init(&layers->changed, NULL);
    return layers;
}

void layers_free(struct layers *layers)
{
    if (!layers)
        return;
    while (layers->oldest) {
        struct layer *layer = layers->oldest;
        unlist_layer(layers, layer);
        free_layer(layers, layer);
    }
    pthread_cond_destroy(&layers->changed);
    pthread_mutex_destroy(&layers->mutex);
    free(layers);
}
