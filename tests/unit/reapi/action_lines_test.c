/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/action_lines.h"

#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "reapi/action_spec.h"
#include "reapi/merkle.h"
#include "support/reapi_service.h"

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

/* Uploads an action whose inputs are what is in "in". */
static struct blob_digest upload(struct client *client, const char *environment, const char *last)
{
    char *arguments[] = {(char *)"cc", (char *)"-c", (char *)(uintptr_t)last, (char *)"a\nb\\",
                         NULL};
    auto_strv variables = STRV_INIT, platform = STRV_INIT, outputs = STRV_INIT;
    auto_payload payload = PAYLOAD_INIT;
    auto_merkle merkle = {NULL, NULL, 0};
    auto_error err = ERROR_INIT;
    struct blob_digest action;
    struct action_spec spec = {.arguments = arguments,
                               .environment = &variables,
                               .platform = &platform,
                               .outputs = &outputs,
                               .working_directory = "",
                               .timeout = 7};

    strv_push(&variables, environment);
    strv_push(&platform, "os=x");
    strv_push(&outputs, "out");
    merkle_init(&merkle, &payload);
    assert_success(merkle_add(&merkle, ".", "in", &err), &err);
    merkle_finish(&merkle, &spec.input_root);
    assert_success(action_spec_pack(&spec, client_abilities(client), &payload, &action, &err),
                   &err);
    assert_success(client_upload(client, &payload, NULL, &err), &err);
    return action;
}

static struct action_lines load(struct client *client, const struct blob_digest *action)
{
    auto_action_parts parts = ACTION_PARTS_INIT;
    struct action_lines lines;
    auto_error err = ERROR_INIT;

    assert_success(action_parts_read(client, action, &parts, &err), &err);
    assert_success(action_lines_make(&parts, &lines, &err), &err);
    return lines;
}

static void add_lines(struct buf *text, const struct strv *lines)
{
    for (size_t i = 0; i < lines->len; i++)
        buf_addf(text, "%s\n", lines->items[i]);
}

#define FOO "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/3"
#define BAR "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9/3"

#define NEWLINE "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b/1"

static void make_inputs(void)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_mkdir_all("in/d", &err), &err);
    test_write("in/d/x", "foo");
    test_run("chmod", "755", "in/d/x", NULL);
    test_write("in/f", "foo");
    test_run("ln", "-s", "f", "in/l", NULL);
}

static void action_is_shown_whole(void **state)
{
    struct client *client = open_client();
    auto_buf text = BUF_INIT;

    (void)state;
    make_inputs();
    struct blob_digest action = upload(client, "A=1", "-O");
    struct action_lines lines = load(client, &action);
    for (size_t i = 0; i < ACTION_SECTIONS; i++) {
        buf_addf(&text, "[%s]\n", action_section_name((enum action_section)i));
        add_lines(&text, &lines.sections[i]);
    }
    assert_string_equal(text.data,
                        "[arguments]\ncc\n-c\n-O\na\\x0ab\\x5c\n[environment]\nA=1\n[platform]\n"
                        "os=x\n[settings]\ntimeout: 7.000 s\nworking directory: .\n[outputs]\nout\n"
                        "[inputs]\nin/\nin/d/\nin/d/x* " FOO "\nin/f " FOO "\nin/l -> f\n");
    action_lines_release(&lines);
    client_close(client);
}

static void what_two_actions_differ_in_is_named(void **state)
{
    struct client *client = open_client();
    auto_buf text = BUF_INIT;

    (void)state;
    make_inputs();
    struct blob_digest first = upload(client, "A=1", "-O");
    test_write("in/f", "bar");
    test_write("in/d/x", "\n"); /* not executable any more, and with a digest that sorts first */
    test_run("rm", "in/l", NULL);
    test_write("in/new", "foo");
    struct blob_digest second = upload(client, "A=2", "-g");
    struct action_lines before = load(client, &first), after = load(client, &second);
    for (size_t i = 0; i < ACTION_SECTIONS; i++) {
        auto_strv differences = STRV_INIT;
        if (action_section_differs(&before, &after, (enum action_section)i, &differences))
            buf_addf(&text, "[%s]\n", action_section_name((enum action_section)i));
        add_lines(&text, &differences);
    }
    assert_string_equal(text.data, "[arguments]\n- -O\n+ -g\n[environment]\n- A=1\n+ A=2\n"
                                   "[inputs]\n- in/d/x* " FOO "\n+ in/d/x " NEWLINE "\n- in/f " FOO
                                   "\n+ in/f " BAR "\n- in/l -> f\n"
                                   "+ in/new " FOO "\n");
    action_lines_release(&before);
    action_lines_release(&after);
    client_close(client);
}

static void arguments_that_were_added_are_named_alone(void **state)
{
    struct action_lines first, second;
    auto_strv differences = STRV_INIT;
    auto_buf text = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < ACTION_SECTIONS; i++)
        first.sections[i] = second.sections[i] = (struct strv)STRV_INIT;
    strv_push(&first.sections[ACTION_ARGUMENTS], "a");
    strv_push(&first.sections[ACTION_ARGUMENTS], "a");
    for (int i = 0; i < 3; i++)
        strv_push(&second.sections[ACTION_ARGUMENTS], "a");
    assert_true(action_section_differs(&first, &second, ACTION_ARGUMENTS, &differences));
    add_lines(&text, &differences);
    assert_string_equal(text.data, "+ a\n");
    action_lines_release(&first);
    action_lines_release(&second);
}

static void what_is_no_action_is_named(void **state)
{
    struct client *client = open_client();
    struct action_parts parts = ACTION_PARTS_INIT;
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct blob_digest digest;
    char name[BLOB_NAME_SIZE];

    (void)state;
    buf_add_str(&bytes, "\377\377");
    payload_add_bytes(&payload, &bytes, &digest);
    assert_success(client_upload(client, &payload, NULL, &err), &err);
    auto_free char *expected = xasprintf("the blob %s is no Action: ", blob_name(&digest, name));
    assert_int_equal(action_parts_read(client, &digest, &parts, &err), -1);
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_memory_equal(err.text, expected, strlen(expected));
    client_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(action_is_shown_whole),
        reapi_test(what_two_actions_differ_in_is_named),
        cmocka_unit_test(arguments_that_were_added_are_named_alone),
        reapi_test(what_is_no_action_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
