/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/action.h"

#include <string.h>

#include "reapi/messages.h"
#include "support/store.h"

/* A command that can be run, as a test changes it, and its action. */
struct sample {
    struct store *store;
    char *arguments[2];
    Reapi__Command command;
    Google__Duration timeout;
    Reapi__Action action;
};

#define TEXT(text) ((char *)(uintptr_t)(text))

static void sample_init(struct sample *sample)
{
    *sample = (struct sample){.store = test_open_store(1 << 20),
                              .arguments = {TEXT("tool"), TEXT("x")},
                              .command = REAPI__COMMAND__INIT,
                              .timeout = GOOGLE__DURATION__INIT,
                              .action = REAPI__ACTION__INIT};
    sample->command.arguments = sample->arguments;
    sample->command.n_arguments = 2;
}

static struct blob_digest store_message(struct store *store, const ProtobufCMessage *message)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest digest;

    message_pack(message, &bytes);
    blob_digest_of(bytes.data, bytes.len, &digest);
    assert_success(store_put(store, &digest, bytes.data, &err), &err);
    return digest;
}

static int read_sample(struct sample *sample, struct action *action, struct rpc_status *status)
{
    const struct blob_digest command = store_message(sample->store, &sample->command.base);
    struct digest_message digests[2];

    if (!sample->action.command_digest)
        sample->action.command_digest = digest_message_set(&digests[0], &command);
    if (!sample->action.input_root_digest)
        sample->action.input_root_digest = digest_message_set(&digests[1], &blob_empty);
    const struct blob_digest digest = store_message(sample->store, &sample->action.base);
    return action_read(sample->store, &digest, action, status);
}

static void assert_refused(struct sample *sample, enum rpc_code code, const char *text)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_action action = ACTION_INIT;

    assert_int_equal(read_sample(sample, &action, &status), -1);
    assert_string_equal(status.message, text);
    assert_int_equal(status.code, code);
    assert_null(action.command);
    store_close(sample->store);
}

static void assert_accepted(struct sample *sample, struct action *action)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    if (read_sample(sample, action, &status) < 0)
        fail_msg("%s", status.message);
    store_close(sample->store);
}

static void action_lists_the_parents_of_outputs_once(void **state)
{
    char *outputs[] = {TEXT("b/x"), TEXT("a"), TEXT("b/c/y"), TEXT("b/./z")};
    struct sample sample;
    auto_action action = ACTION_INIT;

    (void)state;
    sample_init(&sample);
    sample.command.working_directory = TEXT("w");
    sample.command.output_paths = outputs;
    sample.command.n_output_paths = 4;
    assert_accepted(&sample, &action);
    assert_int_equal(action.output_count, 4);
    assert_int_equal(action.parents.len, 3);
    assert_string_equal(action.parents.items[0], "w");
    assert_string_equal(action.parents.items[1], "w/b");
    assert_string_equal(action.parents.items[2], "w/b/c");
    assert_int_equal(action.timeout_seconds, 3600);
}

static void action_passes_older_outputs_over_where_paths_are_set(void **state)
{
    char *paths[] = {TEXT("a")};
    char *files[] = {TEXT("b")};
    struct sample sample;
    auto_action action = ACTION_INIT;

    (void)state;
    sample_init(&sample);
    sample.command.output_paths = paths;
    sample.command.output_files = files;
    sample.command.n_output_paths = sample.command.n_output_files = 1;
    assert_accepted(&sample, &action);
    assert_int_equal(action.output_count, 1);
    assert_int_equal(action.outputs[0].kind, OUTPUT_ANY);
}

static void action_refuses_outputs_that_lead_out(void **state)
{
    static const char *const wrong[] = {"/etc/passwd", "../x", "a/../../x", "a/..", "..", "a/"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char *paths[] = {TEXT(wrong[i])};
        auto_free char *text =
            xasprintf("the output '%s' isn't a path below the working directory", wrong[i]);
        struct sample sample;
        sample_init(&sample);
        sample.command.output_paths = paths;
        sample.command.n_output_paths = 1;
        assert_refused(&sample, RPC_INVALID_ARGUMENT, text);
    }
}

static void action_refuses_an_output_given_twice(void **state)
{
    char *files[] = {TEXT("a"), TEXT("b")};
    char *directories[] = {TEXT("b")};
    struct sample sample;

    (void)state;
    sample_init(&sample);
    sample.command.output_files = files;
    sample.command.n_output_files = 2;
    sample.command.output_directories = directories;
    sample.command.n_output_directories = 1;
    assert_refused(&sample, RPC_INVALID_ARGUMENT, "the output b is declared twice");
}

static void action_refuses_working_directories_that_lead_out(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample);
    sample.command.working_directory = TEXT("a/../..");
    assert_refused(&sample, RPC_INVALID_ARGUMENT,
                   "the working directory a/../.. isn't a path below the input root");
}

static void action_refuses_commands_without_a_program(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample);
    sample.command.n_arguments = 0;
    assert_refused(&sample, RPC_INVALID_ARGUMENT, "the command has no program to run");
}

static void action_refuses_names_that_are_no_variables(void **state)
{
    static const char *const names[] = {"", "A=B"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Reapi__Command__EnvironmentVariable variable = REAPI__COMMAND__ENVIRONMENT_VARIABLE__INIT;
        Reapi__Command__EnvironmentVariable *list[] = {&variable};
        auto_free char *text =
            xasprintf("'%s' can't be the name of an environment variable", names[i]);
        struct sample sample;
        sample_init(&sample);
        variable.name = TEXT(names[i]);
        sample.command.environment_variables = list;
        sample.command.n_environment_variables = 1;
        assert_refused(&sample, RPC_INVALID_ARGUMENT, text);
    }
}

static void action_refuses_timeouts_out_of_bounds(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {-1, "the action's timeout of -1 s isn't between 0 and 86400 s"},
        {86401, "the action's timeout of 86401 s isn't between 0 and 86400 s"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sample sample;
        sample_init(&sample);
        sample.timeout.seconds = cases[i].seconds;
        sample.action.timeout = &sample.timeout;
        assert_refused(&sample, RPC_INVALID_ARGUMENT, cases[i].text);
    }
}

static void action_rounds_its_timeout_up(void **state)
{
    struct sample sample;
    auto_action action = ACTION_INIT;

    (void)state;
    sample_init(&sample);
    sample.timeout.nanos = 1;
    sample.action.timeout = &sample.timeout;
    assert_accepted(&sample, &action);
    assert_int_equal(action.timeout_seconds, 1);
}

static void check_property(const char *name, const char *value, const char *text)
{
    Reapi__Platform platform = REAPI__PLATFORM__INIT;
    Reapi__Platform__Property property = REAPI__PLATFORM__PROPERTY__INIT;
    Reapi__Platform__Property *list[] = {&property};
    struct sample sample;
    auto_action action = ACTION_INIT;

    sample_init(&sample);
    property.name = TEXT(name);
    property.value = TEXT(value);
    platform.properties = list;
    platform.n_properties = 1;
    sample.command.platform = &platform;
    if (text)
        assert_refused(&sample, RPC_FAILED_PRECONDITION, text);
    else
        assert_accepted(&sample, &action);
}

static void action_asks_for_this_machine(void **state)
{
    (void)state;
    check_property("OSFamily", "Linux", NULL);
    check_property("container-image", "docker://x", NULL);
    check_property("OSFamily", "windows",
                   "the action asks for OSFamily windows, which this machine isn't");
    check_property("ISA", "mips", "the action asks for ISA mips, which this machine isn't");
}

static void action_refuses_what_is_no_message(void **state)
{
    struct digest_message message;
    struct sample sample;

    (void)state;
    sample_init(&sample);
    const struct blob_digest digest = test_put(sample.store, "\xff\xff");
    sample.action.command_digest = digest_message_set(&message, &digest);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_action action = ACTION_INIT;
    assert_int_equal(read_sample(&sample, &action, &status), -1);
    assert_int_equal(status.code, RPC_INVALID_ARGUMENT);
    assert_non_null(strstr(status.message, "the Command is no such message"));
    store_close(sample.store);
}

static void action_names_a_missing_command(void **state)
{
    struct digest_message message;
    struct sample sample;
    const struct blob_digest digest = test_digest("not there");

    (void)state;
    sample_init(&sample);
    sample.action.command_digest = digest_message_set(&message, &digest);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_action action = ACTION_INIT;
    assert_int_equal(read_sample(&sample, &action, &status), -1);
    assert_int_equal(status.code, RPC_FAILED_PRECONDITION);
    assert_true(status.details.len > 0);
    store_close(sample.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(action_lists_the_parents_of_outputs_once),
        file_test(action_passes_older_outputs_over_where_paths_are_set),
        file_test(action_refuses_outputs_that_lead_out),
        file_test(action_refuses_an_output_given_twice),
        file_test(action_refuses_working_directories_that_lead_out),
        file_test(action_refuses_commands_without_a_program),
        file_test(action_refuses_names_that_are_no_variables),
        file_test(action_refuses_timeouts_out_of_bounds),
        file_test(action_rounds_its_timeout_up),
        file_test(action_asks_for_this_machine),
        file_test(action_refuses_what_is_no_message),
        file_test(action_names_a_missing_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
