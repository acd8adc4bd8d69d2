/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/helper.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/process.h"
#include "rpc/helper_time.h"

void rpc_helper_init(struct rpc_helper *helper, const char *program, const char *uri)
{
    *helper = (struct rpc_helper){.program = program, .uri = uri, .seconds = HELPER_SECONDS};
    pthread_mutex_init(&helper->lock, NULL);
}

void rpc_helper_release(struct rpc_helper *helper)
{
    rpc_headers_release(&helper->headers);
    pthread_mutex_destroy(&helper->lock);
}

/* ---- the answer ---- */

static int refuse(const char *program, const char *why, struct error *err)
{
    return error_set(err, ERROR_FAILURE, "the credential helper %s answered %s", program, why);
}

static int parse_values(const char *program, const char *name, json_t *values,
                        struct rpc_headers *headers, struct error *err)
{
    size_t i;
    json_t *value;

    if (!json_is_array(values))
        return refuse(program, "with a header that is no list of strings", err);
    json_array_foreach(values, i, value)
    {
        if (!json_is_string(value))
            return refuse(program, "with a header that is no list of strings", err);
        if (rpc_headers_add(headers, name, json_string_value(value), json_string_length(value),
                            err) < 0)
            return error_prefix(err, "the credential helper %s", program);
    }
    return 0;
}

static int parse_headers(const char *program, json_t *json, struct rpc_headers *headers,
                         struct error *err)
{
    const char *name;
    json_t *values;

    if (!json)
        return 0; /* nothing is needed for this service */
    if (!json_is_object(json))
        return refuse(program, "with headers that are no object", err);
    json_object_foreach(json, name, values) if (parse_values(program, name, values, headers, err) <
                                                0) return -1;
    return 0;
}

static int parse_expires(const char *program, json_t *json, time_t *ret_expires, struct error *err)
{
    *ret_expires = 0;
    if (!json)
        return 0;
    if (!json_is_string(json) || !helper_time_parse(json_string_value(json), ret_expires))
        return refuse(program, "with an 'expires' that is no RFC 3339 time", err);
    return 0;
}

int rpc_helper_parse(const char *program, const struct buf *answer, struct rpc_headers *headers,
                     time_t *ret_expires, struct error *err)
{
    auto_rpc_headers parsed = RPC_HEADERS_INIT;
    json_t *json = json_loadb(answer->data, answer->len, 0, NULL);

    if (!json_is_object(json)) {
        json_decref(json);
        return refuse(program, "with no JSON object", err);
    }
    int result = parse_headers(program, json_object_get(json, "headers"), &parsed, err);
    if (result == 0)
        result = parse_expires(program, json_object_get(json, "expires"), ret_expires, err);
    json_decref(json);
    if (result == 0)
        rpc_headers_append(headers, &parsed);
    return result;
}

/* ---- asking ---- */

struct asking {
    const struct rpc_helper *helper;
    struct buf answer;
    struct timespec end;
};

static int take_line(void *user, const char *line, size_t len, struct error *err)
{
    struct asking *asking = user;

    if (asking->answer.len + len > HELPER_ANSWER_MAX)
        return refuse(asking->helper->program, "with too many bytes", err);
    buf_add(&asking->answer, line, len);
    return 0;
}

static int look_at_clock(void *user, struct error *err)
{
    struct asking *asking = user;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < asking->end.tv_sec ||
        (now.tv_sec == asking->end.tv_sec && now.tv_nsec < asking->end.tv_nsec))
        return 0;
    return error_set(err, ERROR_FAILURE,
                     "the credential helper %s hasn't answered within %u s; it was killed",
                     asking->helper->program, asking->helper->seconds);
}

/* A file without a name that holds the question: it can't break as a pipe does. */
static int open_question(const struct rpc_helper *helper, int *ret_fd, struct error *err)
{
    json_t *json = json_pack("{s:s}", "uri", helper->uri);
    auto_free char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    auto_fd int fd = memfd_create("question", MFD_CLOEXEC);

    json_decref(json);
    if (!text)
        return error_set(err, ERROR_USAGE, "the address %s isn't UTF-8", helper->uri);
    if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return error_set_errno(err, errno, "cannot write the question to the credential helper %s",
                               helper->program);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int run(struct asking *asking, struct error *err)
{
    const struct rpc_helper *helper = asking->helper;
    auto_fd int fd = -1;
    int status = 0;

    if (open_question(helper, &fd, err) < 0)
        return -1;
    char *argv[] = {(char *)helper->program, (char *)"get", NULL};
    struct process process = {.argv = argv,
                              .input = fd,
                              .on_stdout = take_line,
                              .on_tick = look_at_clock,
                              .user = asking};
    if (process_run(&process, &status, err) < 0)
        return -1;
    if (status != 0)
        return error_set(err, ERROR_FAILURE, "the credential helper %s ended with status %d",
                         helper->program, status);
    return 0;
}

static int ask(struct rpc_helper *helper, struct error *err)
{
    struct asking asking = {.helper = helper, .answer = BUF_INIT};
    auto_rpc_headers headers = RPC_HEADERS_INIT;

    clock_gettime(CLOCK_MONOTONIC, &asking.end);
    asking.end.tv_sec += helper->seconds;
    int result = run(&asking, err);
    if (result == 0)
        result = rpc_helper_parse(helper->program, &asking.answer, &headers, &helper->expires, err);
    buf_release(&asking.answer);
    if (result < 0)
        return -1;
    rpc_headers_release(&helper->headers);
    helper->headers = headers;
    headers = (struct rpc_headers)RPC_HEADERS_INIT;
    helper->known = true;
    helper->generation++;
    return 0;
}

static bool is_fresh(const struct rpc_helper *helper)
{
    return helper->known && (helper->expires == 0 || time(NULL) < helper->expires);
}

int rpc_helper_headers(struct rpc_helper *helper, struct rpc_headers *headers,
                       unsigned *ret_generation, struct error *err)
{
    pthread_mutex_lock(&helper->lock);
    int result = is_fresh(helper) ? 0 : ask(helper, err);
    if (result == 0) {
        rpc_headers_append(headers, &helper->headers);
        *ret_generation = helper->generation;
    }
    pthread_mutex_unlock(&helper->lock);
    return result;
}

void rpc_helper_forget(struct rpc_helper *helper, unsigned generation)
{
    pthread_mutex_lock(&helper->lock);
    if (helper->generation == generation)
        helper->known = false;
    pthread_mutex_unlock(&helper->lock);
}
