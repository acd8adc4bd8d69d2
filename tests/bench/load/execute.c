/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Actions that have the same command and inputs, and yet are different; and their command alone. */

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/messages.h"

#include "modes.h"

extern char **environ;

#define EXECUTE "/build.bazel.remote.execution.v2.Execution/Execute"
#define PUT_AT_ONCE 500
#define SALT_SIZE 40

struct job {
    uint64_t seed;
    size_t count;
    struct blob_digest command, root;
    struct blob_digest *actions;
};

static void put_message(struct client *client, const ProtobufCMessage *message,
                        struct blob_digest *ret_digest)
{
    auto_buf packed = BUF_INIT;

    message_pack(message, &packed);
    blob_digest_of(packed.data, packed.len, ret_digest);
    cas_put(client, &packed, 1);
}

static void put_command(struct client *client, char **argv, struct blob_digest *ret_digest)
{
    Reapi__Command command = REAPI__COMMAND__INIT;

    command.arguments = argv;
    while (argv[command.n_arguments])
        command.n_arguments++;
    put_message(client, &command.base, ret_digest);
}

/* A file of the input root, with its name and what that needs. */
struct input {
    char name[sizeof("input-000000")];
    Reapi__FileNode node;
    struct digest_message digest;
};

static void input_init(struct input *input, size_t number, struct buf *ret_content)
{
    struct blob_digest digest;

    snprintf(input->name, sizeof(input->name), "input-%06u", (unsigned)(number % 1000000));
    buf_addf(ret_content, "the content of %s\n", input->name);
    blob_digest_of(ret_content->data, ret_content->len, &digest);
    reapi__file_node__init(&input->node);
    input->node.name = input->name;
    input->node.digest = digest_message_set(&input->digest, &digest);
}

static void put_root(struct client *client, size_t count, struct blob_digest *ret_digest)
{
    auto_free struct input *inputs = xcalloc(count, sizeof(*inputs));
    auto_free Reapi__FileNode **nodes = xcalloc(count, sizeof(Reapi__FileNode *));
    auto_free struct buf *contents = xcalloc(count, sizeof(*contents));
    Reapi__Directory root = REAPI__DIRECTORY__INIT;

    for (size_t i = 0; i < count; i++) {
        contents[i] = (struct buf)BUF_INIT;
        input_init(&inputs[i], i, &contents[i]);
        nodes[i] = &inputs[i].node;
    }
    root.n_files = count;
    root.files = nodes;
    cas_put(client, contents, count);
    put_message(client, &root.base, ret_digest);
    for (size_t i = 0; i < count; i++)
        buf_release(&contents[i]);
}

static void pack_action(const struct job *job, size_t number, struct buf *packed)
{
    Reapi__Action action = REAPI__ACTION__INIT;
    struct digest_message command, root;
    char salt[SALT_SIZE];

    snprintf(salt, sizeof(salt), "%" PRIu64 " %zu", job->seed, number);
    action.command_digest = digest_message_set(&command, &job->command);
    action.input_root_digest = digest_message_set(&root, &job->root);
    action.salt = (ProtobufCBinaryData){strlen(salt), (uint8_t *)salt};
    message_pack(&action.base, packed);
}

static void put_actions(struct client *client, struct job *job)
{
    struct buf items[PUT_AT_ONCE];

    for (size_t first = 0; first < job->count; first += PUT_AT_ONCE) {
        size_t left = job->count - first;
        size_t count = left < PUT_AT_ONCE ? left : PUT_AT_ONCE;
        for (size_t i = 0; i < count; i++) {
            items[i] = (struct buf)BUF_INIT;
            pack_action(job, first + i, &items[i]);
            blob_digest_of(items[i].data, items[i].len, &job->actions[first + i]);
        }
        cas_put(client, items, count);
        for (size_t i = 0; i < count; i++)
            buf_release(&items[i]);
    }
}

static void execute_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    const struct job *job = user;
    Reapi__ExecuteRequest request = REAPI__EXECUTE_REQUEST__INIT;
    struct digest_message digest;

    (void)sent;
    request.action_digest = digest_message_set(&digest, &job->actions[number]);
    message_pack(&request.base, &message->head);
    message->last = true;
}

/* Whether the operation's end says that the command was run now and ended with 0. */
static bool is_good_end(const Google__Operation *operation)
{
    if (!operation->done || operation->result_case != GOOGLE__OPERATION__RESULT_RESPONSE)
        return false;
    const ProtobufCBinaryData *value = &operation->response->value;
    Reapi__ExecuteResponse *response =
        reapi__execute_response__unpack(NULL, value->len, value->data);
    if (!response)
        return false;
    bool good = (!response->status || response->status->code == 0) && !response->cached_result &&
                response->result && response->result->exit_code == 0;
    if (!good && response->status && response->status->code != 0)
        fprintf(stderr, "load: an action ended with status %d: %s\n", response->status->code,
                response->status->message);
    reapi__execute_response__free_unpacked(response, NULL);
    return good;
}

static bool is_run(void *user, size_t number, const struct answer *answer)
{
    const uint8_t *bytes = (const uint8_t *)answer->final.data;
    Google__Operation *operation = google__operation__unpack(NULL, answer->final.len, bytes);

    (void)user;
    (void)number;
    if (!operation)
        return false;
    bool good = is_good_end(operation);
    google__operation__free_unpacked(operation, NULL);
    return good;
}

void mode_execute(const struct work *work, struct outcome *ret_outcome)
{
    struct job job = {.seed = work->seed, .count = (size_t)parse_number(work->words[0])};
    const struct calls calls = {EXECUTE, execute_next, is_run, &job};

    job.actions = xcalloc(job.count, sizeof(*job.actions));
    put_command(work->client, &work->words[3], &job.command);
    put_root(work->client, (size_t)parse_number(work->words[2]), &job.root);
    put_actions(work->client, &job);
    client_run(work->client, &calls, job.count, (size_t)parse_number(work->words[1]),
               &ret_outcome->times);
    ret_outcome->things = job.count;
    free(job.actions);
}

static void spawn(char **argv)
{
    pid_t pid;
    int status;

    if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
        fail("cannot run %s", argv[0]);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        fail("%s failed", argv[0]);
}

void mode_spawn(const struct work *work, struct outcome *ret_outcome)
{
    size_t count = (size_t)parse_number(work->words[0]);
    auto_free double *seconds = xcalloc(count, sizeof(*seconds));
    double since = seconds_now();

    for (size_t i = 0; i < count; i++) {
        double start = seconds_now();
        spawn(&work->words[1]);
        seconds[i] = seconds_now() - start;
    }
    ret_outcome->times.seconds = seconds_now() - since;
    times_of(seconds, count, &ret_outcome->times);
    ret_outcome->things = count;
}
