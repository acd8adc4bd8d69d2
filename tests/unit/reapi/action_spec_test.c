/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/action_spec.h"

#include <string.h>

#include "base/memory.h"
#include "proto/reapi.pb-c.h"
#include "reapi/messages.h"
#include "support/test.h"

/* A specification with the lists it points to; words are separated by spaces. */
struct given {
    struct strv environment, platform, outputs;
    struct action_spec spec;
};

static void push_words(struct strv *list, const char *words)
{
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, " ");
        strv_push_len(list, at, len);
        at += len + (at[len] == ' ');
    }
}

static void give(struct given *given, const char *environment, const char *platform,
                 const char *outputs, const char *directory)
{
    static char *arguments[] = {(char *)"cc", (char *)"-c", NULL};

    *given = (struct given){STRV_INIT, STRV_INIT, STRV_INIT, {0}};
    push_words(&given->environment, environment);
    push_words(&given->platform, platform);
    push_words(&given->outputs, outputs);
    given->spec = (struct action_spec){.arguments = arguments,
                                       .environment = &given->environment,
                                       .platform = &given->platform,
                                       .outputs = &given->outputs,
                                       .working_directory = directory,
                                       .input_root = blob_empty};
}

static void given_release(struct given *given)
{
    strv_release(&given->environment);
    strv_release(&given->platform);
    strv_release(&given->outputs);
}

static int pack(const struct given *given, int minor, struct payload *payload, struct error *err)
{
    struct abilities abilities = {.high = {2, minor}};
    struct blob_digest action;

    return action_spec_pack(&given->spec, &abilities, payload, &action, err);
}

static void add_properties(struct buf *text, const Reapi__Platform *platform)
{
    for (size_t i = 0; platform && i < platform->n_properties; i++)
        buf_addf(text, " %s=%s", platform->properties[i]->name, platform->properties[i]->value);
}

static void add_list(struct buf *text, const char *what, char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(text, "%s%s", i ? " " : what, list[i]);
}

/* The Command, which is the payload's first blob. */
static char *command_text(const struct payload *payload)
{
    const struct buf *bytes = &payload->items[0].bytes;
    auto_message Reapi__Command *command =
        reapi__command__unpack(NULL, bytes->len, (const uint8_t *)bytes->data);
    auto_buf text = BUF_INIT;

    add_list(&text, "", command->arguments, command->n_arguments);
    for (size_t i = 0; i < command->n_environment_variables; i++)
        buf_addf(&text, "%s%s=%s", i ? " " : "; env ", command->environment_variables[i]->name,
                 command->environment_variables[i]->value);
    add_list(&text, "; paths ", command->output_paths, command->n_output_paths);
    add_list(&text, "; files ", command->output_files, command->n_output_files);
    add_list(&text, "; directories ", command->output_directories, command->n_output_directories);
    add_properties(&text, command->platform);
    buf_addf(&text, "; in '%s'", command->working_directory);
    return buf_detach(&text);
}

static void lists_are_sorted_and_paths_clean(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    struct given given;

    (void)state;
    give(&given, "B=2 A=1=x C=", "os=b cpu=x os=a", "z ./a/b z d/", "./w/");
    assert_success(pack(&given, 1, &payload, &err), &err);
    auto_free char *text = command_text(&payload);
    assert_string_equal(text, "cc -c; env A=1=x B=2 C=; paths a/b d z cpu=x os=a os=b; in 'w'");
    given_release(&given);
}

static void service_of_the_first_version_is_told_files_from_directories(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    struct given given;

    (void)state;
    give(&given, "", "", "z a d/", "");
    assert_success(pack(&given, 0, &payload, &err), &err);
    auto_free char *text = command_text(&payload);
    assert_string_equal(text, "cc -c; files a z; directories d; in ''");
    given_release(&given);
}

static void action_names_its_command_and_has_the_platform_too(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    auto_buf text = BUF_INIT;
    struct given given;
    char hex[DIGEST_HEX_SIZE];

    (void)state;
    give(&given, "", "os=a", "", ".");
    given.spec.timeout = 9;
    given.spec.do_not_cache = true;
    assert_success(pack(&given, 1, &payload, &err), &err);
    const struct buf *bytes = &payload.items[1].bytes;
    auto_message Reapi__Action *action =
        reapi__action__unpack(NULL, bytes->len, (const uint8_t *)bytes->data);
    assert_string_equal(action->command_digest->hash,
                        digest_hex(&payload.digests.items[0].hash, hex));
    assert_string_equal(action->input_root_digest->hash, digest_hex(&blob_empty.hash, hex));
    assert_int_equal(action->timeout->seconds, 9);
    assert_true(action->do_not_cache);
    add_properties(&text, action->platform);
    assert_string_equal(text.data, " os=a");
    given_release(&given);
}

static void what_can_not_be_said_is_refused_by_name(void **state)
{
    static const struct {
        const char *environment, *platform, *outputs, *directory, *text;
    } cases[] = {
        {"A", "", "", "", "--env A: give NAME=VALUE"},
        {"=1", "", "", "", "--env =1: give NAME=VALUE"},
        {"A=1 A=2", "", "", "", "--env: A is given twice"},
        {"", "os", "", "", "--platform os: give NAME=VALUE"},
        {"", "", "/x", "",
         "the output /x isn't a path below the working directory: give a "
         "relative one without .. in it"},
        {"", "", "a/../b", "",
         "the output a/../b isn't a path below the working directory: give a "
         "relative one without .. in it"},
        {"", "", ".", "",
         "the output . isn't a path below the working directory: give a relative "
         "one without .. in it"},
        {"", "", "", "/w", "the working directory /w isn't below the input root"},
        {"", "", "", "a/..", "the working directory a/.. isn't below the input root"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_payload payload = PAYLOAD_INIT;
        auto_error err = ERROR_INIT;
        struct given given;
        give(&given, cases[i].environment, cases[i].platform, cases[i].outputs, cases[i].directory);
        assert_int_equal(pack(&given, 1, &payload, &err), -1);
        assert_error(&err, ERROR_USAGE, cases[i].text);
        assert_int_equal(payload.digests.len, 0);
        given_release(&given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_sorted_and_paths_clean),
        cmocka_unit_test(service_of_the_first_version_is_told_files_from_directories),
        cmocka_unit_test(action_names_its_command_and_has_the_platform_too),
        cmocka_unit_test(what_can_not_be_said_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
