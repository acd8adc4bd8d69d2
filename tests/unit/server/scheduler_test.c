/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/scheduler.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "server/action_cache.h"
#include "support/test.h"

/*
 * An executor and an action cache that the tests hold in their hands, in the place of the real
 * ones: an action runs until the test lets it go on.
 */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned started, may_end;
    unsigned char order[16]; /* the first bytes of the actions' hashes, as they were started */
    bool cached;             /* the action cache has every result */
    unsigned kept;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct execution {
    bool cancelled;
    size_t bound;
};

void execution_bind(struct execution *execution, const struct strv *dirs)
{
    execution->bound = dirs->len;
}

struct execution *execution_new(void)
{
    return xcalloc(1, sizeof(struct execution));
}

void execution_free(struct execution *execution)
{
    free(execution);
}

void execution_cancel(struct execution *execution)
{
    pthread_mutex_lock(&fake.lock);
    execution->cancelled = true;
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
}

void execution_outcome_release(struct execution_outcome *outcome)
{
    rpc_status_release(&outcome->status);
    if (outcome->result)
        reapi__action_result__free_unpacked(outcome->result, NULL);
}

static Reapi__ActionResult *new_result(void)
{
    static const uint8_t none;

    return reapi__action_result__unpack(NULL, 0, &none);
}

void executor_run(struct executor *executor, struct execution *execution,
                  const struct blob_digest *action, execution_started_fn *started, void *user,
                  struct execution_outcome *ret_outcome)
{
    (void)executor;
    started(user);
    pthread_mutex_lock(&fake.lock);
    fake.order[fake.started++ % sizeof(fake.order)] = action->hash.bytes[0];
    pthread_cond_broadcast(&fake.changed);
    while (!fake.may_end && !execution->cancelled)
        pthread_cond_wait(&fake.changed, &fake.lock);
    if (execution->cancelled)
        rpc_status_set(&ret_outcome->status, RPC_CANCELLED, "cancelled");
    else
        ret_outcome->result = new_result();
    fake.may_end -= !execution->cancelled;
    pthread_mutex_unlock(&fake.lock);
}

Reapi__ActionResult *action_cache_find(struct store *store, const char *instance,
                                       const struct blob_digest *action)
{
    (void)store, (void)instance, (void)action;
    return fake.cached ? new_result() : NULL;
}

void action_cache_keep(struct store *store, const char *instance, const struct blob_digest *action,
                       const Reapi__ActionResult *result)
{
    (void)store, (void)instance, (void)action, (void)result;
    pthread_mutex_lock(&fake.lock);
    fake.kept++;
    pthread_mutex_unlock(&fake.lock);
}

static void wait_for_starts(unsigned count)
{
    pthread_mutex_lock(&fake.lock);
    while (fake.started < count)
        pthread_cond_wait(&fake.changed, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

static void let_end(unsigned count)
{
    pthread_mutex_lock(&fake.lock);
    fake.may_end += count;
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
}

/* What a client would see of an operation. */
struct seen {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct watcher watcher;
    bool done;
    int code;
    bool cached;
    char *name;
};

static void read_operation(struct seen *seen, const struct buf *message)
{
    Google__Operation *operation =
        google__operation__unpack(NULL, message->len, (const uint8_t *)message->data);

    assert_non_null(operation);
    seen->done = operation->done;
    if (!seen->name)
        seen->name = xstrdup(operation->name);
    if (operation->done) {
        Reapi__ExecuteResponse *response = reapi__execute_response__unpack(
            NULL, operation->response->value.len, operation->response->value.data);
        assert_non_null(response);
        seen->code = response->status->code;
        seen->cached = response->cached_result;
        reapi__execute_response__free_unpacked(response, NULL);
    }
    google__operation__free_unpacked(operation, NULL);
}

static void see(void *user, struct operation *operation)
{
    struct seen *seen = user;
    auto_buf message = BUF_INIT;

    operation_message(operation, &message);
    pthread_mutex_lock(&seen->lock);
    read_operation(seen, &message);
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static void seen_init(struct seen *seen)
{
    *seen = (struct seen){.watcher = {.changed = see, .user = seen}};
    pthread_mutex_init(&seen->lock, NULL);
    pthread_cond_init(&seen->changed, NULL);
}

static void seen_release(struct scheduler *scheduler, struct seen *seen)
{
    scheduler_unwatch(scheduler, &seen->watcher);
    free(seen->name);
}

static void wait_until_done(struct seen *seen)
{
    pthread_mutex_lock(&seen->lock);
    while (!seen->done)
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

static struct scheduler_request request_of(unsigned char action)
{
    struct scheduler_request request = {.instance = ""};

    request.action.hash.bytes[0] = action;
    return request;
}

static struct scheduler *start(void)
{
    struct scheduler_options options = {.jobs = 1};
    struct scheduler *scheduler = NULL;
    auto_error err = ERROR_INIT;

    fake.started = fake.may_end = fake.kept = 0;
    fake.cached = false;
    assert_int_equal(scheduler_start(&options, &scheduler, &err), 0);
    return scheduler;
}

static void submit(struct scheduler *scheduler, const struct scheduler_request *request,
                   struct seen *seen)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    seen_init(seen);
    assert_int_equal(scheduler_submit(scheduler, request, &seen->watcher, &status), 0);
    assert_non_null(seen->name);
}

static void identical_actions_run_once(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    struct scheduler_stats stats;
    struct seen first, second;

    (void)state;
    submit(scheduler, &request, &first);
    wait_for_starts(1);
    submit(scheduler, &request, &second);
    let_end(1);
    wait_until_done(&first);
    wait_until_done(&second);

    scheduler_stats(scheduler, &stats);
    assert_int_equal(fake.started, 1);
    assert_string_equal(first.name, second.name);
    assert_int_equal(second.code, RPC_OK);
    assert_int_equal(stats.joined, 1);
    assert_int_equal(stats.executed, 1);
    assert_int_equal(fake.kept, 1);
    seen_release(scheduler, &first);
    seen_release(scheduler, &second);
    scheduler_stop(scheduler);
}

static void action_that_must_not_be_cached_runs_alone(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    struct seen first, second;

    (void)state;
    request.alone = true;
    submit(scheduler, &request, &first);
    submit(scheduler, &request, &second);
    let_end(2);
    wait_until_done(&first);
    wait_until_done(&second);

    assert_int_equal(fake.started, 2);
    seen_release(scheduler, &first);
    seen_release(scheduler, &second);
    scheduler_stop(scheduler);
}

static void smaller_priority_runs_first_and_equals_in_order(void **state)
{
    static const struct {
        unsigned char action;
        int priority;
    } cases[] = {{10, 0}, {11, 5}, {12, 0}, {13, -3}, {14, 5}, {15, -3}};
    static const unsigned char order[] = {10, 13, 15, 12, 11, 14};
    struct scheduler *scheduler = start();
    struct seen seen[6];

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct scheduler_request request = request_of(cases[i].action);
        request.priority = cases[i].priority;
        submit(scheduler, &request, &seen[i]);
        if (i == 0)
            wait_for_starts(1);
    }
    let_end(6);
    for (size_t i = 0; i < 6; i++)
        wait_until_done(&seen[i]);

    assert_memory_equal(fake.order, order, sizeof(order));
    for (size_t i = 0; i < 6; i++)
        seen_release(scheduler, &seen[i]);
    scheduler_stop(scheduler);
}

static void cancelled_operation_ends_for_all_whether_it_waits_or_runs(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request running = request_of(1), waiting = request_of(2);
    auto_rpc_status status = RPC_STATUS_INIT;
    struct seen seen[3];

    (void)state;
    submit(scheduler, &running, &seen[0]);
    wait_for_starts(1);
    submit(scheduler, &running, &seen[1]);
    submit(scheduler, &waiting, &seen[2]);
    assert_int_equal(scheduler_cancel(scheduler, seen[2].name, &status), 0);
    assert_int_equal(scheduler_cancel(scheduler, seen[0].name, &status), 0);

    for (size_t i = 0; i < 3; i++) {
        wait_until_done(&seen[i]);
        assert_int_equal(seen[i].code, RPC_CANCELLED);
        seen_release(scheduler, &seen[i]);
    }
    assert_int_equal(fake.started, 1);
    scheduler_stop(scheduler);
}

static void abandoned_operation_runs_on_for_others_and_else_is_cancelled(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    struct scheduler_request next = request_of(2);
    struct seen first, second, third, last;

    (void)state;
    submit(scheduler, &request, &first);
    wait_for_starts(1);
    submit(scheduler, &request, &second);
    scheduler_abandon(scheduler, &first.watcher);
    let_end(1);
    wait_until_done(&second);
    assert_int_equal(second.code, RPC_OK);

    submit(scheduler, &next, &third);
    wait_for_starts(2);
    scheduler_abandon(scheduler, &third.watcher);
    scheduler_abandon(scheduler, &third.watcher); /* it watches nothing any more */
    submit(scheduler, &request, &last);
    let_end(1);
    wait_until_done(&last);
    assert_int_equal(fake.started, 3);
    assert_int_equal(fake.kept, 2);
    seen_release(scheduler, &first);
    seen_release(scheduler, &second);
    seen_release(scheduler, &third);
    seen_release(scheduler, &last);
    scheduler_stop(scheduler);
}

static void cancelled_operation_is_not_joined(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    auto_rpc_status status = RPC_STATUS_INIT;
    struct seen first, second;

    (void)state;
    submit(scheduler, &request, &first);
    wait_for_starts(1);
    assert_int_equal(scheduler_cancel(scheduler, first.name, &status), 0);
    submit(scheduler, &request, &second);
    assert_string_not_equal(first.name, second.name);
    let_end(1);
    wait_until_done(&second);

    assert_int_equal(second.code, RPC_OK);
    seen_release(scheduler, &first);
    seen_release(scheduler, &second);
    scheduler_stop(scheduler);
}

static void watcher_that_leaves_ends_nothing_for_the_others(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    struct seen first, second;

    (void)state;
    submit(scheduler, &request, &first);
    submit(scheduler, &request, &second);
    wait_for_starts(1);
    seen_release(scheduler, &first);
    let_end(1);
    wait_until_done(&second);

    assert_int_equal(second.code, RPC_OK);
    seen_release(scheduler, &second);
    scheduler_stop(scheduler);
}

static void operation_is_found_by_its_name_after_its_end(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    auto_rpc_status status = RPC_STATUS_INIT;
    struct seen first, later;

    (void)state;
    submit(scheduler, &request, &first);
    let_end(1);
    wait_until_done(&first);
    scheduler_unwatch(scheduler, &first.watcher);
    seen_init(&later);
    assert_int_equal(scheduler_watch(scheduler, first.name, &later.watcher, &status), 0);
    assert_true(later.done);

    seen_release(scheduler, &first);
    seen_release(scheduler, &later);
    scheduler_stop(scheduler);
}

static void unknown_operation_is_not_found(void **state)
{
    struct scheduler *scheduler = start();
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf message = BUF_INIT;
    struct seen seen;

    (void)state;
    seen_init(&seen);
    assert_int_equal(scheduler_watch(scheduler, "operations/1", &seen.watcher, &status), -1);
    assert_int_equal(status.code, RPC_NOT_FOUND);
    assert_string_equal(status.message, "there is no operation operations/1; call Execute again");
    assert_int_equal(scheduler_cancel(scheduler, "operations/1", &status), -1);
    assert_int_equal(scheduler_describe(scheduler, "operations/1", &message, &status), -1);
    assert_int_equal(message.len, 0);
    scheduler_stop(scheduler);
}

static void cached_result_is_answered_at_once(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    struct seen seen;

    (void)state;
    seen_init(&seen);
    assert_false(scheduler_answer_cached(scheduler, &request, &seen.watcher));
    fake.cached = true;
    assert_true(scheduler_answer_cached(scheduler, &request, &seen.watcher));
    assert_true(seen.done);
    assert_true(seen.cached);
    assert_int_equal(fake.started, 0);
    seen_release(scheduler, &seen);
    scheduler_stop(scheduler);
}

static void full_queue_is_refused(void **state)
{
    struct scheduler *scheduler = start();
    struct scheduler_request request = request_of(1);
    struct seen *seen = xcalloc(LIMIT_QUEUE + 2, sizeof(*seen));
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    request.alone = true;
    submit(scheduler, &request, &seen[0]);
    wait_for_starts(1);
    for (size_t i = 1; i <= LIMIT_QUEUE; i++)
        submit(scheduler, &request, &seen[i]);
    seen_init(&seen[LIMIT_QUEUE + 1]);
    assert_int_equal(scheduler_submit(scheduler, &request, &seen[LIMIT_QUEUE + 1].watcher, &status),
                     -1);
    assert_int_equal(status.code, RPC_RESOURCE_EXHAUSTED);
    assert_string_equal(status.message,
                        "10000 actions are waiting, which is as many as may; try again later");

    for (size_t i = 0; i <= LIMIT_QUEUE; i++)
        seen_release(scheduler, &seen[i]);
    scheduler_stop(scheduler);
    free(seen);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(identical_actions_run_once),
        cmocka_unit_test(action_that_must_not_be_cached_runs_alone),
        cmocka_unit_test(smaller_priority_runs_first_and_equals_in_order),
        cmocka_unit_test(cancelled_operation_ends_for_all_whether_it_waits_or_runs),
        cmocka_unit_test(abandoned_operation_runs_on_for_others_and_else_is_cancelled),
        cmocka_unit_test(cancelled_operation_is_not_joined),
        cmocka_unit_test(watcher_that_leaves_ends_nothing_for_the_others),
        cmocka_unit_test(operation_is_found_by_its_name_after_its_end),
        cmocka_unit_test(unknown_operation_is_not_found),
        cmocka_unit_test(cached_result_is_answered_at_once),
        cmocka_unit_test(full_queue_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
