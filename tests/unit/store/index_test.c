/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/test.h"

#define auto_index __attribute__((cleanup(index_release))) struct index

/* The key of a number: a digest that isn't one of anything. */
static struct index_key key_of(uint32_t number, enum index_kind kind)
{
    struct index_key key = {.size = number % 100, .kind = kind};

    memcpy(key.hash.bytes, &number, sizeof(number));
    return key;
}

static struct index_entry *add_present(struct index *index, uint32_t number)
{
    struct index_key key = key_of(number, INDEX_BLOB);
    struct index_entry *entry = index_add(index, &key);

    index_set_newest(index, entry);
    return entry;
}

/* The numbers in the order of use, the least lately used first: "1 2 3". Owned by caller. */
static char *order_of(const struct index *index)
{
    struct buf text = BUF_INIT;

    for (struct index_entry *entry = index_oldest(index); entry;
         entry = index_newer(index, entry)) {
        uint32_t number;
        memcpy(&number, entry->hash.bytes, sizeof(number));
        buf_addf(&text, text.len > 0 ? " %u" : "%u", number);
    }
    return buf_detach(&text);
}

#define assert_order(index, expected)                                                              \
    do {                                                                                           \
        auto_free char *order = order_of(index);                                                   \
        assert_string_equal(order, expected);                                                      \
    } while (0)

static void index_finds_what_was_added(void **state)
{
    auto_index index;
    struct index_key key = key_of(1, INDEX_BLOB);
    struct index_key other_size = {key.hash, 2, INDEX_BLOB};
    struct index_key copy = {key.hash, 1, INDEX_EXECUTABLE};

    (void)state;
    index_init(&index);
    assert_null(index_find(&index, &key));
    struct index_entry *entry = index_add(&index, &key);
    assert_false(entry->present);
    assert_ptr_equal(index_find(&index, &key), entry);
    assert_ptr_equal(index_add(&index, &key), entry);
    assert_null(index_find(&index, &other_size));
    assert_null(index_find(&index, &copy));
}

static void index_finds_entries_of_any_size(void **state)
{
    auto_index index;
    struct index_key key = key_of(7, INDEX_ENTRY);
    struct index_key unsized = {key.hash, 0, INDEX_ENTRY};

    (void)state;
    index_init(&index);
    struct index_entry *entry = index_add(&index, &key);
    assert_ptr_equal(index_find(&index, &unsized), entry);
    assert_int_equal(entry->size, 7);
}

static void index_counts_what_is_present(void **state)
{
    auto_index index;
    struct index_key copy = key_of(20, INDEX_EXECUTABLE);

    (void)state;
    index_init(&index);
    struct index_entry *entry = add_present(&index, 10);
    index_set_newest(&index, index_add(&index, &copy));
    assert_int_equal(index.bytes, 30);
    assert_int_equal(index.present[INDEX_BLOB], 1);
    assert_int_equal(index.present[INDEX_EXECUTABLE], 1);
    index_set_absent(&index, entry);
    assert_int_equal(index.bytes, 20);
    assert_int_equal(index.present[INDEX_BLOB], 0);
    assert_int_equal(index.used, 1);
}

static void index_keeps_the_order_of_use(void **state)
{
    auto_index index;
    struct index_key last = key_of(4, INDEX_BLOB);

    (void)state;
    index_init(&index);
    struct index_entry *one = add_present(&index, 1);
    struct index_entry *two = add_present(&index, 2);
    struct index_entry *three = add_present(&index, 3);
    assert_order(&index, "1 2 3");
    index_touch(&index, one);
    assert_order(&index, "2 3 1");
    index_touch(&index, three);
    index_touch(&index, three);
    assert_order(&index, "2 1 3");
    index_set_oldest(&index, index_add(&index, &last));
    assert_order(&index, "4 2 1 3");
    index_set_absent(&index, two);
    index_set_absent(&index, three);
    assert_order(&index, "4 1");
}

static void index_keeps_a_pinned_entry_whose_file_is_gone(void **state)
{
    auto_index index;
    struct index_key key = key_of(5, INDEX_BLOB);

    (void)state;
    index_init(&index);
    struct index_entry *entry = add_present(&index, 5);
    index_pin(&index, entry);
    index_pin(&index, entry);
    assert_int_equal(index.pinned, 1);
    index_set_absent(&index, entry);
    assert_ptr_equal(index_find(&index, &key), entry);
    assert_order(&index, "");
    index_unpin(&index, entry);
    assert_ptr_equal(index_find(&index, &key), entry);
    index_unpin(&index, entry);
    assert_null(index_find(&index, &key));
    assert_int_equal(index.pinned, 0);
}

static void index_sees_what_is_right(void **state)
{
    auto_index index;
    struct index_key key = key_of(1, INDEX_BLOB);

    (void)state;
    index_init(&index);
    struct index_entry *entry = index_add(&index, &key);
    index_see(&index, entry, 99);
    assert_true(entry->present);
    assert_int_equal(entry->identity, 99);
    add_present(&index, 2);
    index_see(&index, entry, 98);
    assert_order(&index, "2 1");
    assert_int_equal(entry->identity, 98);
}

static void index_places_what_was_scanned_by_mtime(void **state)
{
    static const uint64_t mtimes[] = {30, 10, 20, 40};
    auto_index index;
    size_t count;

    (void)state;
    index_init(&index);
    add_present(&index, 9);
    for (uint32_t i = 0; i < 4; i++) {
        struct index_key key = key_of((uint32_t)mtimes[i], INDEX_BLOB);
        struct index_entry *entry = index_add(&index, &key);
        entry->scanned = 1;
        entry->identity = mtimes[i];
        index_set_oldest(&index, entry);
    }
    auto_free struct index_scanned *list = index_list_scanned(&index, &count);
    assert_int_equal(count, 4);
    /* One is used meanwhile, and one goes: they aren't placed. */
    struct index_key used = key_of(40, INDEX_BLOB), gone = key_of(20, INDEX_BLOB);
    index_touch(&index, index_find(&index, &used));
    assert_int_equal(index_find(&index, &used)->identity, 0);
    index_set_absent(&index, index_find(&index, &gone));
    for (uint64_t mtime = 40; mtime > 0; mtime -= 10)
        for (size_t i = 0; i < count; i++)
            if (list[i].mtime == mtime)
                index_place_scanned(&index, &list[i]);
    assert_order(&index, "10 30 9 40");
}

/* Numbers whose lowest bytes are alike stand in few chains. */
static void index_grows_and_gives_back(void **state)
{
    auto_index index;
    const uint32_t count = 100000;

    (void)state;
    index_init(&index);
    for (uint32_t i = 0; i < count; i++)
        add_present(&index, i * 16);
    for (uint32_t i = 0; i < count; i += 2) {
        struct index_key key = key_of(i * 16, INDEX_BLOB);
        index_set_absent(&index, index_find(&index, &key));
    }
    for (uint32_t i = 0; i < count; i++) {
        struct index_key key = key_of(i * 16, INDEX_BLOB);
        if (i % 2)
            assert_non_null(index_find(&index, &key));
        else
            assert_null(index_find(&index, &key));
    }
    size_t chunks = index.chunk_count;
    for (uint32_t i = 0; i < count; i += 2)
        add_present(&index, i * 16);
    assert_int_equal(index.chunk_count, chunks);
    assert_int_equal(index.used, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_finds_what_was_added),
        cmocka_unit_test(index_finds_entries_of_any_size),
        cmocka_unit_test(index_counts_what_is_present),
        cmocka_unit_test(index_keeps_the_order_of_use),
        cmocka_unit_test(index_keeps_a_pinned_entry_whose_file_is_gone),
        cmocka_unit_test(index_sees_what_is_right),
        cmocka_unit_test(index_places_what_was_scanned_by_mtime),
        cmocka_unit_test(index_grows_and_gives_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
