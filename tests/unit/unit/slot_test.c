/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/slot.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static char *name_of(const char *const *args, size_t count)
{
    auto_strv words = STRV_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;
    auto_error err = ERROR_INIT;

    for (size_t i = 0; i < count; i++)
        strv_push(&words, args[i]);
    assert_success(rustc_command_parse(words.items, words.len, &command, &err), &err);
    return slot_natives_name(&command);
}

static void natives_slot_is_named_after_crate_and_extra_file_name(void **state)
{
    static const struct {
        const char *args[4];
        size_t count;
        const char *name;
    } cases[] = {
        {{"my-app.rs"}, 1, "my_app"},
        {{"a.rs", "--crate-name", "app"}, 3, "app"},
        {{"a.rs", "--crate-name=app", "-Cextra-filename=-12ab"}, 3, "app-12ab"},
        {{"a.rs", "--crate-name=app", "-C", "extra-filename="}, 4, "app"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *name = name_of(cases[i].args, cases[i].count);
        assert_string_equal(name, cases[i].name);
    }
}

static void natives_slot_is_found_again_by_its_library(void **state)
{
    auto_free char *library = slot_natives_library("app-1");

    (void)state;
    assert_string_equal(slot_natives_crate(library), "app-1");
    assert_string_equal(slot_natives_crate("cleave-slot-natives."), "");
}

static void shared_natives_slot_is_one_of_its_own(void **state)
{
    auto_free char *library = slot_shared_natives_library("app-1");

    (void)state;
    assert_string_equal(slot_natives_crate(library), "app-1.shared");
}

static void other_libraries_are_no_slots(void **state)
{
    static const char *const libraries[] = {"", "z", "cleave-slot-natives", "cleave-slot-link-args",
                                            "xcleave-slot-natives.a"};

    (void)state;
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        assert_null(slot_natives_crate(libraries[i]));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(natives_slot_is_named_after_crate_and_extra_file_name),
        cmocka_unit_test(natives_slot_is_found_again_by_its_library),
        cmocka_unit_test(shared_natives_slot_is_one_of_its_own),
        cmocka_unit_test(other_libraries_are_no_slots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
