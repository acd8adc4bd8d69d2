/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_pieces.h"

#include <pthread.h>

#include "support/reapi_service.h"

#define PIECES 100

struct counts {
    pthread_mutex_t lock;
    unsigned done[PIECES];
    size_t bad;
};

static int count_piece(void *user, struct client *client, size_t piece, struct error *err)
{
    struct counts *counts = user;

    (void)client;
    pthread_mutex_lock(&counts->lock);
    counts->done[piece]++;
    pthread_mutex_unlock(&counts->lock);
    return piece == counts->bad ? error_set(err, ERROR_FAILURE, "piece %zu", piece) : 0;
}

static struct client *open_client(void)
{
    struct client_options options = client_default_options;
    auto_error err = ERROR_INIT;
    struct client *client = NULL;

    options.address = "unix:socket";
    options.idle_seconds = RPC_CLIENT_SECONDS;
    assert_success(client_open(&options, &client, &err), &err);
    return client;
}

static void each_piece_is_done_once(void **state)
{
    struct counts counts = {.lock = PTHREAD_MUTEX_INITIALIZER, .bad = PIECES};
    struct client *client = open_client();
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(client_do_pieces(client, 0, count_piece, &counts, &err), &err);
    assert_success(client_do_pieces(client, PIECES, count_piece, &counts, &err), &err);
    for (size_t i = 0; i < PIECES; i++)
        assert_int_equal(counts.done[i], 1);
    client_close(client);
}

static void first_failure_is_the_answer(void **state)
{
    struct counts counts = {.lock = PTHREAD_MUTEX_INITIALIZER, .bad = 2};
    struct client *client = open_client();
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(client_do_pieces(client, PIECES, count_piece, &counts, &err), -1);
    assert_error(&err, ERROR_FAILURE, "piece 2");
    client_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(each_piece_is_done_once),
        reapi_test(first_failure_is_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
