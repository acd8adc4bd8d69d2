/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cleaved/action_run.h"

#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/size.h"
#include "cmd/cleaved/remote.h"
#include "reapi/messages.h"
#include "reapi/result_files.h"

/* Exit codes are a byte; what isn't (Windows' are 32 bits) is a failure all the same. */
static int status_of_code(int code)
{
    return code >= 0 && code <= 255 ? code : 255;
}

/* Or CLIENT_ABSENT. Outputs come first: what the command printed may speak of them. */
static int deliver(struct action_run *run, const Reapi__ActionResult *result, struct error *err)
{
    int answer = 0;

    if (run->dir)
        answer = result_files_write(run->client, result, run->dir, run->outputs, NULL, err);
    if (answer == 0)
        answer = result_output_write(run->client, &result->stdout_raw, result->stdout_digest,
                                     STDOUT_FILENO, err);
    if (answer == 0)
        answer = result_output_write(run->client, &result->stderr_raw, result->stderr_digest,
                                     STDERR_FILENO, err);
    return answer;
}

static void say(const struct action_run *run, const char *text)
{
    if (run->verbose)
        fprintf(stderr, "cleaved: %s\n", text);
}

static void say_action(const struct action_run *run)
{
    char text[DIGEST_TEXT_SIZE];

    if (run->verbose)
        fprintf(stderr, "cleaved: action %s\n", digest_text(&run->execution.action, text));
}

static void say_moved(const struct action_run *run, const struct client_moved *moved)
{
    auto_free char *size = size_text(moved->bytes);

    if (run->verbose)
        fprintf(stderr, "cleaved: uploaded %zu blobs, %s\n", moved->blobs, size);
}

/* Only what succeeded counts. 1 when there was a result and it was delivered. */
static int try_cache(struct action_run *run, int *ret_status, struct error *err)
{
    Reapi__ActionResult *result = NULL;
    int answer = client_get_result(run->client, &run->execution.action, &result, err);

    if (answer != 0)
        return answer == CLIENT_ABSENT ? 0 : -1;
    answer = result->exit_code == 0 ? deliver(run, result, err) : CLIENT_ABSENT;
    message_release(&result);
    if (answer == CLIENT_ABSENT)
        say(run, "the action cache has a result that can't be used");
    if (answer != 0)
        return answer == CLIENT_ABSENT ? 0 : -1;
    say(run, "from the action cache");
    *ret_status = 0;
    return 1;
}

static int take_response(struct action_run *run, const Reapi__ExecuteResponse *response,
                         int *ret_status, struct error *err)
{
    const Reapi__ActionResult *result = response->result;
    bool timed_out = response->status && response->status->code == RPC_DEADLINE_EXCEEDED;

    if (result && absent_is_error(deliver(run, result, err)) < 0)
        return -1;
    if (timed_out)
        return error_set(err, ERROR_REMOTE, "the action ran into its timeout: %s",
                         response->status->message);
    say(run, response->cached_result ? "from the service's cache" : "executed");
    *ret_status = status_of_code(result->exit_code);
    return 0;
}

static int upload(struct action_run *run, struct error *err)
{
    struct client_moved moved = {0, 0};

    if (!run->execution.payload)
        return 0;
    if (client_upload(run->client, run->execution.payload, &moved, err) < 0)
        return -1;
    say_moved(run, &moved);
    return 0;
}

int action_run(struct action_run *run, int *ret_status, struct error *err)
{
    Reapi__ExecuteResponse *response = NULL;

    client_set_action(run->client, &run->execution.action);
    say_action(run);
    int result = run->look_up ? try_cache(run, ret_status, err) : 0;
    if (result != 0)
        return result < 0 ? -1 : 0;
    /* The cache was asked; what it had, if anything, can't be used. */
    error_release(err);
    run->execution.skip_cache_lookup = true;
    if (upload(run, err) < 0 || client_execute(run->client, &run->execution, &response, err) < 0)
        return -1;
    result = take_response(run, response, ret_status, err);
    message_release(&response);
    return result;
}
