/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/doctor_store.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "store/store.h"
#include "support/test.h"

/* The first thing that is said of a directory below the test's own; DIR stands for that. */
static void assert_first(const char *name, enum finding_level level, const char *expected)
{
    auto_error err = ERROR_INIT;
    auto_findings findings = FINDINGS_INIT;
    auto_free char *here = NULL;
    auto_buf text = BUF_INIT;

    assert_success(fs_getcwd(&here, &err), &err);
    auto_free char *dir = path_join(here, name);
    doctor_examine_store(dir, &findings);
    buf_add_str(&text, findings.items[0].text);
    buf_replace(&text, here, "DIR");
    assert_string_equal(findings.items[0].subject, "store");
    assert_string_equal(text.data, expected);
    assert_int_equal(findings.items[0].level, level);
    assert_true((findings.items[0].remedy == NULL) == (level == FINDING_OK));
}

static void store_that_is_not_there_will_be_made(void **state)
{
    (void)state;
    assert_first("a/b", FINDING_OK, "DIR/a/b will be made");
    assert_false(fs_exists("a"));
}

static void file_in_the_way_is_no_place(void **state)
{
    (void)state;
    test_write("a", "");
    assert_first("a/b", FINDING_BAD, "DIR/a/b can't be made: DIR/a is no directory");
    assert_first("a", FINDING_BAD, "DIR/a can't be made: DIR/a is no directory");
}

static void empty_directory_may_become_a_store(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a", 0700), 0);
    assert_first("a", FINDING_OK, "DIR/a can be opened");
    assert_int_equal(test_count_entries("a"), 0);
}

static void store_is_known_open_or_not(void **state)
{
    auto_error err = ERROR_INIT;
    const struct store_options options = {.dir = "a", .size_limit = STORE_DEFAULT_SIZE};
    struct store *store = NULL;
    auto_free char *expected = xasprintf("DIR/a is open in process %d", (int)getpid());

    (void)state;
    assert_success(store_open(&options, &store, &err), &err);
    assert_first("a", FINDING_OK, expected);
    store_close(store);
    assert_first("a", FINDING_OK, "DIR/a can be opened");
}

static void what_is_no_store_of_ours_is_bad(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a", 0700), 0);
    test_write("a/file", "");
    assert_first("a", FINDING_BAD, "DIR/a isn't empty and isn't a store");
    test_write("a/format", "cleave store 0\n");
    assert_first("a", FINDING_BAD, "DIR/a has a format that this cleaved doesn't know");
}

static void store_of_another_user_is_bad(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a", 0700), 0);
    /* For root, but not for the root of a user namespace that has no other users. */
    if (chown("a", 65534, 65534) < 0)
        skip();
    assert_first("a", FINDING_BAD, "DIR/a belongs to another user");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(store_that_is_not_there_will_be_made), file_test(file_in_the_way_is_no_place),
        file_test(empty_directory_may_become_a_store),   file_test(store_is_known_open_or_not),
        file_test(what_is_no_store_of_ours_is_bad),      file_test(store_of_another_user_is_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
