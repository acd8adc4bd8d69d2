/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/cleaved/action_run.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/remote.h"
#include "reapi/action_lines.h"
#include "reapi/messages.h"

struct action_arguments {
    struct remote remote;
    const char *output_dir;
    struct blob_digest digests[2];
};

/* ---- show ---- */

static void print_section(const struct action_lines *lines, enum action_section section)
{
    const struct strv *list = &lines->sections[section];

    if (list->len == 0)
        return;
    printf("%s\n", action_section_name(section));
    for (size_t i = 0; i < list->len; i++)
        printf("  %s\n", list->items[i]);
}

static int print_result(struct client *client, const struct blob_digest *action, struct error *err)
{
    Reapi__ActionResult *result = NULL;
    int answer = client_get_result(client, action, &result, err);

    if (answer < 0)
        return -1;
    if (answer == CLIENT_ABSENT) {
        puts("result\n  not in the action cache");
        return 0;
    }
    printf("result\n  exit code %d; %zu files, %zu directories\n", result->exit_code,
           result->n_output_files, result->n_output_directories);
    message_release(&result);
    return 0;
}

static int load(struct client *client, const struct blob_digest *digest,
                struct action_lines *ret_lines, struct error *err)
{
    auto_action_parts parts = ACTION_PARTS_INIT;

    client_set_action(client, digest);
    if (action_parts_read(client, digest, &parts, err) != 0)
        return -1;
    return action_lines_make(&parts, ret_lines, err);
}

static int show(struct client *client, const struct action_arguments *given, int *ret_status,
                struct error *err)
{
    struct action_lines lines;
    char text[DIGEST_TEXT_SIZE];

    (void)ret_status;
    if (load(client, &given->digests[0], &lines, err) < 0)
        return -1;
    printf("action %s\n", digest_text(&given->digests[0], text));
    for (size_t i = 0; i < ACTION_SECTIONS; i++)
        print_section(&lines, (enum action_section)i);
    action_lines_release(&lines);
    return print_result(client, &given->digests[0], err);
}

/* ---- run ---- */

static int run_again(struct client *client, const struct action_arguments *given, int *ret_status,
                     struct error *err)
{
    struct action_run run = {
        .client = client,
        .execution = {.action = given->digests[0]},
        .dir = given->output_dir,
    };

    return action_run(&run, ret_status, err);
}

/* ---- diff ---- */

static bool print_differences(const struct action_lines *first, const struct action_lines *second,
                              enum action_section section)
{
    auto_strv differences = STRV_INIT;

    if (!action_section_differs(first, second, section, &differences))
        return false;
    printf("%s\n", action_section_name(section));
    for (size_t i = 0; i < differences.len; i++)
        printf("  %s\n", differences.items[i]);
    return true;
}

static int diff(struct client *client, const struct action_arguments *given, int *ret_status,
                struct error *err)
{
    struct action_lines first, second;
    bool differ = false;

    if (load(client, &given->digests[0], &first, err) < 0)
        return -1;
    if (load(client, &given->digests[1], &second, err) < 0) {
        action_lines_release(&first);
        return -1;
    }
    for (size_t i = 0; i < ACTION_SECTIONS; i++)
        differ |= print_differences(&first, &second, (enum action_section)i);
    action_lines_release(&first);
    action_lines_release(&second);
    if (!differ && !blob_digest_equal(&given->digests[0], &given->digests[1])) {
        puts("nothing that is shown: their messages are written differently");
        differ = true;
    }
    *ret_status = differ;
    return 0;
}

/* ---- the command ---- */

static const struct verb {
    const char *name;
    size_t digests;
    int (*run)(struct client *client, const struct action_arguments *given, int *ret_status,
               struct error *err);
} verbs[] = {
    {"show", 1, show},
    {"run", 1, run_again},
    {"diff", 2, diff},
};

static const struct verb *find_verb(const struct strv *words, struct error *err)
{
    const char *name = words->len > 0 ? words->items[0] : "nothing";

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        if (words->len == 1 + verbs[i].digests)
            return &verbs[i];
        error_set(err, ERROR_USAGE, "action %s takes %zu digest%s", name, verbs[i].digests,
                  verbs[i].digests == 1 ? "" : "s");
        return NULL;
    }
    error_set(err, ERROR_USAGE, "action needs one of show, run, diff, not %s; see --help", name);
    return NULL;
}

static int run(struct action_arguments *given, const struct strv *words, int *ret_status,
               struct error *err)
{
    const struct verb *verb = find_verb(words, err);
    auto_client *client = NULL;

    if (!verb)
        return -1;
    for (size_t i = 0; i < verb->digests; i++)
        if (parse_digest("action", words->items[1 + i], &given->digests[i], err) < 0)
            return -1;
    if (remote_connect(&given->remote, &client, err) < 0)
        return -1;
    return verb->run(client, given, ret_status, err);
}

int command_action(int argc, char **argv, int *ret_status, struct error *err)
{
    struct action_arguments given = {.remote = REMOTE_INIT};
    auto_arguments arguments = ARGUMENTS_INIT;
    const struct option options[] = {
        {"--output-dir", "DIR", "of run: where its outputs are written; nowhere unless given",
         .ret_text = &given.output_dir},
        REMOTE_OPTIONS(&given.remote),
    };
    const struct option_table table = {
        .usage = "cleaved action show|run|diff [OPTION]… DIGEST…",
        .summary =
            "Actions that a service has, by their digests: HASH/SIZE, as cleaved exec --verbose\n"
            "and other clients say them.\n\n"
            "  show DIGEST       command, environment, platform, inputs, and the cached result\n"
            "  run DIGEST        executes it again, whatever the action cache has\n"
            "  diff FIRST SECOND what only one of the two has, which is why the second wasn't in\n"
            "                    the action cache; exit status 1 when there is something",
        .example = "cleaved action --remote grpc://127.0.0.1:8980 diff FIRST SECOND",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    int result = command_parse_words(&table, argc, argv, &arguments, err);
    if (result == 0)
        result = run(&given, &arguments.positional, ret_status, err);
    remote_release(&given.remote);
    return result < 0 ? -1 : 0;
}
