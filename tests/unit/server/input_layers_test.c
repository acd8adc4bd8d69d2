/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/input_layers.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"

/* How often a layer was built, and whether building fails. */
struct builder {
    pthread_mutex_t mutex;
    int built;
    bool fails;
};

#define BUILDER_INIT                                                                               \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, 0, false                                                        \
    }

static int build(void *user, const char *path, struct rpc_status *status)
{
    struct builder *builder = user;
    auto_free char *file = xasprintf("%s/f", path);

    pthread_mutex_lock(&builder->mutex);
    builder->built++;
    pthread_mutex_unlock(&builder->mutex);
    if (builder->fails)
        return rpc_status_set(status, RPC_FAILED_PRECONDITION, "no");
    usleep(2000);
    test_write(file, "x");
    return 0;
}

static struct layer_plan plan_for(const char *name, struct builder *builder, uint64_t nodes)
{
    struct layer_plan plan = {.nodes = nodes, .bytes = 1, .build = build, .user = builder};

    digest_of(name, strlen(name), &plan.id);
    return plan;
}

static struct scratch *open_scratch(void)
{
    struct scratch *scratch = NULL;
    auto_error err = ERROR_INIT;
    auto_free char *cwd = NULL;

    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *dir = xasprintf("%s/scratch", cwd);
    assert_success(scratch_open(dir, &scratch, &err), &err);
    return scratch;
}

static struct layer *take(struct layers *layers, const struct layer_plan *plan)
{
    struct layer *layer = NULL;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (layers_take(layers, plan, &layer, &status) < 0)
        fail_msg("%s", status.message);
    return layer;
}

static void layers_are_kept_for_the_next(void **state)
{
    struct scratch *scratch = open_scratch();
    struct layers *layers = layers_new(scratch, 100, 100);
    struct builder builder = BUILDER_INIT;
    const struct layer_plan plan = plan_for("a", &builder, 10);
    struct layers_stats stats;

    (void)state;
    for (int i = 0; i < 3; i++)
        layers_give_back(layers, take(layers, &plan));
    assert_int_equal(builder.built, 1);
    layers_stats(layers, &stats);
    assert_int_equal(stats.nodes, 10);
    assert_int_equal(stats.reused, 2);
    layers_free(layers);
    scratch_close(scratch);
    assert_int_equal(test_count_entries("scratch/trees"), 0);
}

static void layers_go_when_there_are_too_many(void **state)
{
    struct scratch *scratch = open_scratch();
    struct layers *layers = layers_new(scratch, 25, 100);
    struct builder builder = BUILDER_INIT;
    const struct layer_plan a = plan_for("a", &builder, 10), b = plan_for("b", &builder, 10),
                            c = plan_for("c", &builder, 10);

    (void)state;
    struct layer *used = take(layers, &a);
    layers_give_back(layers, take(layers, &b));
    layers_give_back(layers, take(layers, &c));
    assert_null(layers_find(layers, &b.id));
    assert_int_equal(access(layer_path(used), F_OK), 0);
    layers_give_back(layers, used);
    layers_give_back(layers, take(layers, &a));
    assert_int_equal(builder.built, 3);
    layers_free(layers);
    scratch_close(scratch);
}

static void layers_that_were_changed_are_made_anew(void **state)
{
    struct scratch *scratch = open_scratch();
    struct layers *layers = layers_new(scratch, 100, 100);
    struct builder builder = BUILDER_INIT;
    const struct layer_plan plan = plan_for("a", &builder, 10);

    (void)state;
    struct layer *layer = take(layers, &plan);
    auto_free char *file = xasprintf("%s/f", layer_path(layer));
    test_write(file, "y");
    sleep(2);
    struct layer *second = take(layers, &plan);
    assert_int_equal(builder.built, 2);
    assert_string_not_equal(layer_path(second), layer_path(layer));
    layers_give_back(layers, layer);
    layers_give_back(layers, second);
    layers_free(layers);
    scratch_close(scratch);
}

static void layers_that_fail_are_tried_again(void **state)
{
    struct scratch *scratch = open_scratch();
    struct layers *layers = layers_new(scratch, 100, 100);
    struct builder builder = BUILDER_INIT;
    const struct layer_plan plan = plan_for("a", &builder, 10);
    auto_rpc_status status = RPC_STATUS_INIT;
    struct layer *layer = NULL;

    (void)state;
    builder.fails = true;
    assert_int_equal(layers_take(layers, &plan, &layer, &status), -1);
    assert_string_equal(status.message, "no");
    builder.fails = false;
    layers_give_back(layers, take(layers, &plan));
    assert_int_equal(builder.built, 2);
    layers_free(layers);
    scratch_close(scratch);
}

struct taker {
    struct layers *layers;
    const struct layer_plan *plans;
};

#define PLANS 3
#define THREADS 4

static void *take_often(void *user)
{
    const struct taker *taker = user;

    for (int i = 0; i < 60; i++)
        layers_give_back(taker->layers, take(taker->layers, &taker->plans[i % PLANS]));
    return NULL;
}

/* With room for two of three: built, used and dropped all the time. */
static void layers_are_shared_by_threads(void **state)
{
    struct scratch *scratch = open_scratch();
    struct layers *layers = layers_new(scratch, 20, 100);
    struct builder builder = BUILDER_INIT;
    const struct layer_plan plans[PLANS] = {
        plan_for("a", &builder, 10), plan_for("b", &builder, 10), plan_for("c", &builder, 10)};
    struct taker taker = {layers, plans};
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_often, &taker), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    layers_free(layers);
    scratch_close(scratch);
    assert_int_equal(test_count_entries("scratch/trees"), 0);
    assert_int_equal(test_count_entries("scratch/gone"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(layers_are_kept_for_the_next),
        file_test(layers_go_when_there_are_too_many),
        file_test(layers_that_were_changed_are_made_anew),
        file_test(layers_that_fail_are_tried_again),
        file_test(layers_are_shared_by_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
