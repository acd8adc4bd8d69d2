/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "base/size.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/places.h"
#include "local/caller.h"

/* ---- for people ---- */

static void print_times(const Local__Reply *reply)
{
    const Local__Stats *stats = reply->stats;
    uint64_t up = stats->uptime_seconds;

    printf("cleaved %s, process %u, up %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ", sandbox %s\n",
           reply->version, stats->pid, up / 3600, up / 60 % 60, up % 60, stats->sandbox);
    for (size_t i = 0; i < stats->n_addresses; i++)
        printf("  listens on %s\n", stats->addresses[i]);
}

static void print_store(const Local__Store *store)
{
    auto_free char *bytes = size_text(store->bytes);
    auto_free char *limit = size_text(store->limit);

    printf("\nstore %s%s%s\n", store->dir, store->fsync ? ", fsync" : "",
           store->scanning ? ", is being scanned" : "");
    printf("  %s of %s in %" PRIu64 " blobs and %" PRIu64 " results\n", bytes, limit, store->blobs,
           store->entries);
    printf("  %" PRIu64 " pinned, %" PRIu64 " evicted, %" PRIu64 " damaged and dropped\n",
           store->pinned, store->evicted, store->damaged);
}

static void print_actions(const Local__Actions *actions)
{
    printf("\nactions: %u running of at most %u, %u waiting\n", actions->running, actions->jobs,
           actions->queued);
    printf("  %" PRIu64 " executed, %" PRIu64 " from the action cache, %" PRIu64
           " joined an identical one, %" PRIu64 " failed\n",
           actions->executed, actions->cached, actions->joined, actions->failed);
}

static void print_figures(const Local__Figures *figures)
{
    printf("\nblobs: %" PRIu64 " written, %" PRIu64 " read; clients asked for %" PRIu64
           ", of which %" PRIu64 " were missing\n",
           figures->blobs_written, figures->blobs_read, figures->blobs_asked,
           figures->blobs_missing);
    printf("  %" PRIu64 " broken uploads were kept, %" PRIu64 " gone on with\n",
           figures->uploads_kept, figures->uploads_again);
    printf("results asked for: %" PRIu64 " found, %" PRIu64 " not\n", figures->result_hits,
           figures->result_misses);
}

/* "/build.bazel.remote.execution.v2.ActionCache/GetActionResult" without the package. */
static const char *short_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *start = slash ? slash : name;

    while (start > name && start[-1] != '.')
        start--;
    return start;
}

static void print_methods(const Local__Stats *stats)
{
    if (stats->n_methods == 0)
        return;
    printf("\n%-46s %9s %7s %6s %10s %10s\n", "calls", "ended", "errors", "open", "in", "out");
    for (size_t i = 0; i < stats->n_methods; i++) {
        const Local__Method *method = stats->methods[i];
        auto_free char *in = size_text(method->bytes_in);
        auto_free char *out = size_text(method->bytes_out);
        printf("  %-44s %9" PRIu64 " %7" PRIu64 " %6" PRIu64 " %10s %10s\n",
               short_name(method->name), method->calls, method->errors, method->open, in, out);
    }
}

static void print_text(const Local__Reply *reply)
{
    print_times(reply);
    print_store(reply->stats->store);
    print_actions(reply->stats->actions);
    print_figures(reply->stats->figures);
    print_methods(reply->stats);
}

/* ---- for programs ---- */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *store_json(const Local__Store *store)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "dir", store->dir,
                     "blobs", number(store->blobs), "entries", number(store->entries), "bytes",
                     number(store->bytes), "limit", number(store->limit), "pinned",
                     number(store->pinned), "evicted", number(store->evicted), "damaged",
                     number(store->damaged), "scanning", store->scanning, "fsync", store->fsync);
}

static json_t *actions_json(const Local__Actions *actions)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "jobs", number(actions->jobs), "queued",
                     number(actions->queued), "running", number(actions->running), "executed",
                     number(actions->executed), "joined", number(actions->joined), "cached",
                     number(actions->cached), "failed", number(actions->failed));
}

static json_t *figures_json(const Local__Figures *figures)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "result_hits",
                     number(figures->result_hits), "result_misses", number(figures->result_misses),
                     "blobs_asked", number(figures->blobs_asked), "blobs_missing",
                     number(figures->blobs_missing), "blobs_read", number(figures->blobs_read),
                     "blobs_written", number(figures->blobs_written), "uploads_kept",
                     number(figures->uploads_kept), "uploads_again",
                     number(figures->uploads_again));
}

static json_t *methods_json(const Local__Stats *stats)
{
    json_t *methods = json_object();

    for (size_t i = 0; i < stats->n_methods; i++) {
        const Local__Method *method = stats->methods[i];
        json_object_set_new(methods, method->name,
                            json_pack("{s:o, s:o, s:o, s:o, s:o}", "calls", number(method->calls),
                                      "errors", number(method->errors), "open",
                                      number(method->open), "bytes_in", number(method->bytes_in),
                                      "bytes_out", number(method->bytes_out)));
    }
    return methods;
}

static json_t *addresses_json(const Local__Stats *stats)
{
    json_t *addresses = json_array();

    for (size_t i = 0; i < stats->n_addresses; i++)
        json_array_append_new(addresses, json_string(stats->addresses[i]));
    return addresses;
}

static int print_json(const Local__Reply *reply, struct error *err)
{
    const Local__Stats *stats = reply->stats;
    json_t *json = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "version", reply->version, "protocol",
        number(reply->protocol), "pid", number(stats->pid), "uptime_seconds",
        number(stats->uptime_seconds), "addresses", addresses_json(stats), "sandbox",
        stats->sandbox, "store", store_json(stats->store), "actions", actions_json(stats->actions),
        "figures", figures_json(stats->figures), "methods", methods_json(stats));
    auto_free char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;

    json_decref(json);
    if (!text)
        return error_set(err, ERROR_FAILURE,
                         "the figures can't be shown as JSON: a path in them isn't UTF-8");
    puts(text);
    return 0;
}

/* ---- the command ---- */

static int ask(const char *local_socket, Local__Reply **ret_reply, struct error *err)
{
    auto_places places = PLACES_INIT;
    auto_caller caller = CALLER_INIT;
    Local__Request request = local_request();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;

    if (places_find(NULL, local_socket, &places, err) < 0)
        return -1;
    int answer = caller_open(places.local_socket, &caller, err);
    if (answer == CALLER_NOBODY)
        return error_set(err, ERROR_FAILURE,
                         "no cleaved listens on %s; start one with cleaved serve",
                         places.local_socket);
    request.what_case = LOCAL__REQUEST__WHAT_STATS;
    request.stats = &nothing;
    if (answer < 0 || caller_ask(&caller, &request, ret_reply, err) != 0)
        return -1;
    const Local__Stats *stats = (*ret_reply)->stats;
    if ((*ret_reply)->what_case == LOCAL__REPLY__WHAT_STATS && stats->store && stats->actions &&
        stats->figures)
        return 0;
    local__reply__free_unpacked(*ret_reply, NULL);
    return error_set(err, ERROR_REFUSED, "cleaved answered without its figures");
}

int command_stats(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    const char *local_socket = NULL;
    bool json = false;
    Local__Reply *reply = NULL;
    const struct option options[] = {
        {"--json", NULL, "for programs: docs/service.md names the fields", .ret_switch = &json},
        LOCAL_SOCKET_OPTION(&local_socket),
    };
    const struct option_table table = {
        .usage = "cleaved stats [OPTION]…",
        .summary = "Shows what the running service holds, what it does, and what it has done "
                   "since its start.",
        .example = "cleaved stats --json",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)ret_status;
    int status = command_parse(&table, argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (ask(local_socket, &reply, err) < 0)
        return -1;
    int result = 0;
    if (json)
        result = print_json(reply, err);
    else
        print_text(reply);
    local__reply__free_unpacked(reply, NULL);
    return result;
}
