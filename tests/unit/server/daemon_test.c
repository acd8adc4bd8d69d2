/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/daemon.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "local/caller.h"
#include "server/runner_process.h"
#include "support/test.h"

#define LOCAL "local.sock"

/* ---- what may be offered ---- */

static void addresses_that_others_reach_need_client_certificates(void **state)
{
    static const struct rpc_tls none = {0}, server = {"c", "k", NULL}, both = {"c", "k", "ca"},
                                lone = {NULL, "k", "ca"};
    static const struct {
        const char *address;
        const struct rpc_tls *tls;
        bool is_fine;
    } cases[] = {
        {"unix:/x/s", NULL, true},
        {"tcp:127.0.0.1:0", NULL, true},
        {"tcp:localhost:80", NULL, true},
        {"tcp:[::1]:80", &server, true},
        {"tcp:0.0.0.0:80", &both, true},
        {"tcp:0.0.0.0:80", NULL, false},
        {"tcp:0.0.0.0:80", &server, false},
        {"tcp:[::]:80", NULL, false},
        {"tcp:build.example:80", NULL, false},
        {"tcp:127.0.0.1.example:80", NULL, false},
        {"tcp:127.0.0.1:0", &none, false},
        {"tcp:127.0.0.1:0", &lone, false},
        {"127.0.0.1:80", &both, false},
        {"", &both, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_strv addresses = STRV_INIT;
        strv_push(&addresses, cases[i].address);
        const struct daemon_options options = {.addresses = &addresses, .tls = cases[i].tls};
        assert_int_equal(daemon_check_options(&options, &err), cases[i].is_fine ? 0 : -1);
        assert_int_equal(err.kind, cases[i].is_fine ? ERROR_NONE : ERROR_USAGE);
    }
}

/* ---- a daemon in the test's directory ---- */

static atomic_int stops;

static void count_stop(void *user, bool to_replace)
{
    (void)user;
    atomic_fetch_add(&stops, to_replace ? 100 : 1);
}

static int start(const char *address, struct daemon **ret_daemon, struct error *err)
{
    auto_strv addresses = STRV_INIT;
    auto_strv warnings = STRV_INIT;
    auto_free char *here = NULL;

    atomic_store(&stops, 0);
    assert_success(fs_getcwd(&here, err), err);
    auto_free char *store = path_join(here, "store");
    auto_free char *local = path_join(here, LOCAL);
    strv_push(&addresses, address);
    const struct daemon_options options = {
        .addresses = &addresses,
        .store = {.dir = store, .size_limit = STORE_DEFAULT_SIZE},
        .sandbox = SANDBOX_NONE,
        .jobs = 3,
        .local_socket = local,
        .stop = count_stop,
    };
    return daemon_start(&options, ret_daemon, &warnings, err);
}

static Local__Reply *ask_for_stats(void)
{
    auto_error err = ERROR_INIT;
    auto_caller caller = CALLER_INIT;
    Local__Request request = local_request();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;
    Local__Reply *reply = NULL;

    request.what_case = LOCAL__REQUEST__WHAT_STATS;
    request.stats = &nothing;
    assert_success(caller_open(LOCAL, &caller, &err), &err);
    assert_success(caller_ask(&caller, &request, &reply, &err), &err);
    return reply;
}

static void daemon_tells_what_it_is(void **state)
{
    auto_error err = ERROR_INIT;
    struct daemon *daemon = NULL;

    (void)state;
    assert_success(start("tcp:127.0.0.1:0", &daemon, &err), &err);
    Local__Reply *reply = ask_for_stats();
    assert_int_equal(reply->what_case, LOCAL__REPLY__WHAT_STATS);
    assert_int_equal(reply->stats->pid, getpid());
    assert_int_equal(reply->stats->n_addresses, 1);
    assert_string_equal(reply->stats->addresses[0], daemon_addresses(daemon)->items[0]);
    assert_string_not_equal(reply->stats->addresses[0], "tcp:127.0.0.1:0");
    assert_string_equal(reply->stats->sandbox, "none");
    assert_int_equal(reply->stats->store->limit, STORE_DEFAULT_SIZE);
    assert_int_equal(reply->stats->actions->jobs, 3);
    assert_non_null(reply->stats->figures);
    local__reply__free_unpacked(reply, NULL);
    daemon_stop(daemon, 0);
}

static void wish_for_its_end_is_passed_on(void **state)
{
    auto_error err = ERROR_INIT;
    auto_caller caller = CALLER_INIT;
    struct daemon *daemon = NULL;

    (void)state;
    assert_success(start("tcp:127.0.0.1:0", &daemon, &err), &err);
    assert_success(caller_open(LOCAL, &caller, &err), &err);
    assert_success(caller_stop(&caller, &err), &err);
    assert_int_equal(atomic_load(&stops), 1);
    daemon_stop(daemon, 0);
    assert_false(fs_exists(LOCAL));
}

/* And the next one finds all places free. */
static void daemon_that_cannot_start_leaves_nothing_open(void **state)
{
    auto_error err = ERROR_INIT;
    struct daemon *daemon = NULL;

    (void)state;
    assert_int_equal(start("unix:/nowhere/at/all", &daemon, &err), -1);
    assert_null(daemon);
    assert_false(fs_exists(LOCAL));
    test_write(LOCAL, "");
    assert_int_equal(start("tcp:127.0.0.1:0", &daemon, &err), -1);
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_int_equal(unlink(LOCAL), 0);
    assert_success(start("tcp:127.0.0.1:0", &daemon, &err), &err);
    daemon_stop(daemon, 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_others_reach_need_client_certificates),
        file_test(daemon_tells_what_it_is),
        file_test(wish_for_its_end_is_passed_on),
        file_test(daemon_that_cannot_start_leaves_nothing_open),
    };

    /* The daemon starts its own program, which is this one, as the runner. */
    if (argc == 2 && strcmp(argv[1], RUNNER_COMMAND) == 0)
        return runner_process_main(RUNNER_SOCKET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
