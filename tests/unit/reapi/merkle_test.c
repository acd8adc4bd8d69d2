/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/merkle.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "reapi/directories.h"
#include "store/tree.h"
#include "support/test.h"

/* ---- a tree as text ---- */

/* Unpacks the directories that are in the payload. */
static void add_directory(struct buf *text, const struct payload *payload,
                          const struct blob_digest *digest, const char *prefix)
{
    Reapi__Directory *directory = NULL;
    auto_error err = ERROR_INIT;
    size_t place = 0;

    assert_true(digest_set_find(&payload->digests, digest, &place));
    const struct buf *bytes = &payload->items[place].bytes;
    assert_success(directory_parse(bytes->data, bytes->len, &directory, &err), &err);
    for (size_t i = 0; i < directory->n_files; i++)
        buf_addf(text, "%s%s%s\n", prefix, directory->files[i]->name,
                 directory->files[i]->is_executable ? "*" : "");
    for (size_t i = 0; i < directory->n_symlinks; i++)
        buf_addf(text, "%s%s -> %s\n", prefix, directory->symlinks[i]->name,
                 directory->symlinks[i]->target);
    for (size_t i = 0; i < directory->n_directories; i++) {
        const Reapi__DirectoryNode *node = directory->directories[i];
        struct blob_digest below;
        auto_buf path = BUF_INIT;
        buf_addf(&path, "%s%s/", prefix, node->name);
        buf_addf(text, "%s\n", path.data);
        assert_true(digest_from_hex(node->digest->hash, strlen(node->digest->hash), &below.hash));
        below.size = (uint64_t)node->digest->size_bytes;
        add_directory(text, payload, &below, path.data);
    }
    reapi__directory__free_unpacked(directory, NULL);
}

/* What a tree of those paths, up to a NULL, looks like. */
static int build(const char *const *paths, struct buf *text, struct error *err)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_merkle merkle = {NULL, NULL, 0};
    struct blob_digest root;

    merkle_init(&merkle, &payload);
    for (; *paths; paths++)
        if (merkle_add(&merkle, "root", *paths, err) < 0)
            return -1;
    merkle_finish(&merkle, &root);
    add_directory(text, &payload, &root, "");
    return 0;
}

static void make_files(void)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_mkdir_all("root/a/b", &err), &err);
    assert_success(fs_mkdir_all("root/empty", &err), &err);
    test_write("root/top", "top");
    test_write("root/a/script", "script");
    test_write("root/a/b/file", "file");
    test_run("chmod", "755", "root/a/script", NULL);
    assert_int_equal(symlink("b/file", "root/a/link"), 0);
    assert_int_equal(symlink("/nowhere", "root/dangling"), 0);
    assert_int_equal(symlink("a", "root/to-a"), 0);
}

#define WHOLE                                                                                      \
    "top\ndangling -> /nowhere\nto-a -> a\na/\na/script*\na/link -> b/file\na/b/\na/b/file\n"      \
    "empty/\n"

static void tree_has_what_was_added_and_no_more(void **state)
{
    static const struct {
        const char *paths[4];
        const char *text;
    } cases[] = {
        {{NULL}, ""},
        {{".", NULL}, WHOLE},
        {{".", "a", "top", NULL}, WHOLE},
        {{"top", NULL}, "top\n"},
        {{"a/b/file", NULL}, "a/\na/b/\na/b/file\n"},
        {{"a/b//file", "./a/link", NULL}, "a/\na/link -> b/file\na/b/\na/b/file\n"},
        {{"a/", NULL}, "a/\na/script*\na/link -> b/file\na/b/\na/b/file\n"},
        {{"empty", "dangling", NULL}, "dangling -> /nowhere\nempty/\n"},
        {{"to-a", NULL}, "to-a -> a\n"},
    };

    (void)state;
    make_files();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf text = BUF_INIT;
        assert_success(build(cases[i].paths, &text, &err), &err);
        assert_string_equal(text.data, cases[i].text);
    }
}

static void names_are_sorted_by_bytes(void **state)
{
    static const char *const paths[] = {"b", "a.b", "a", "aa", "B", NULL};
    auto_error err = ERROR_INIT;
    auto_buf text = BUF_INIT;

    (void)state;
    assert_success(fs_mkdir_all("root", &err), &err);
    for (size_t i = 0; paths[i]; i++) {
        auto_buf path = BUF_INIT;
        buf_addf(&path, "root/%s", paths[i]);
        test_write(path.data, paths[i]);
    }
    assert_success(build(paths, &text, &err), &err);
    assert_string_equal(text.data, "B\na\na.b\naa\nb\n");
}

static void input_that_can_not_be_is_refused_by_name(void **state)
{
    static const struct {
        const char *paths[3];
        const char *text;
    } cases[] = {
        {{"none", NULL}, "cannot find the input root/none: No such file or directory"},
        {{"../x", NULL},
         "the input ../x isn't a path below the input root: give a relative one "
         "without .. in it"},
        {{"/x", NULL},
         "the input /x isn't a path below the input root: give a relative one "
         "without .. in it"},
        {{"", NULL},
         "the input  isn't a path below the input root: give a relative one without .. "
         "in it"},
        {{"pipe", NULL},
         "the input root/pipe is a device, pipe or socket, which can't be uploaded"},
        {{"to-a", "to-a/script"}, "the input to-a/script is given twice, as two different things"},
        {{"to-a/script", "to-a"}, "the input root/to-a is given twice, as two different things"},
    };

    (void)state;
    make_files();
    test_run("mkfifo", "root/pipe", NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf text = BUF_INIT;
        assert_int_equal(build(cases[i].paths, &text, &err), -1);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void directory_that_is_asked_for_is_there_though_empty(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_merkle merkle = {NULL, NULL, 0};
    auto_error err = ERROR_INIT;
    auto_buf text = BUF_INIT;
    struct blob_digest root;

    (void)state;
    merkle_init(&merkle, &payload);
    assert_success(merkle_add_directory(&merkle, "x/y/", &err), &err);
    assert_success(merkle_add_directory(&merkle, ".", &err), &err);
    assert_success(merkle_add_directory(&merkle, "x", &err), &err);
    merkle_finish(&merkle, &root);
    add_directory(&text, &payload, &root, "");
    assert_string_equal(text.data, "x/\nx/y/\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(tree_has_what_was_added_and_no_more),
        file_test(names_are_sorted_by_bytes),
        file_test(input_that_can_not_be_is_refused_by_name),
        cmocka_unit_test(directory_that_is_asked_for_is_there_though_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
