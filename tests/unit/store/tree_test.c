/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree.h"

#include <string.h>

#include "base/memory.h"
#include "store/blob_message.h"
#include "support/test.h"

/*
 * A Directory in one line: "f:name", "d:name" and "l:name>target", separated by spaces, as they are
 * to stand in it. Files and directories get the digest of their name.
 */
static Reapi__Digest *digest_of_name(const char *name)
{
    struct blob_digest digest;

    blob_digest_of(name, strlen(name), &digest);
    return blob_message_new(&digest);
}

static void add_file(Reapi__Directory *directory, const char *name)
{
    Reapi__FileNode *node = xmalloc(sizeof(*node));

    reapi__file_node__init(node);
    node->name = xstrdup(name);
    node->digest = digest_of_name(name);
    directory->files =
        xrealloc(directory->files, (directory->n_files + 1) * sizeof(*directory->files));
    directory->files[directory->n_files++] = node;
}

static void add_directory(Reapi__Directory *directory, const char *name)
{
    Reapi__DirectoryNode *node = xmalloc(sizeof(*node));

    reapi__directory_node__init(node);
    node->name = xstrdup(name);
    node->digest = digest_of_name(name);
    directory->directories = xrealloc(directory->directories, (directory->n_directories + 1) *
                                                                  sizeof(*directory->directories));
    directory->directories[directory->n_directories++] = node;
}

static void add_symlink(Reapi__Directory *directory, const char *text)
{
    Reapi__SymlinkNode *node = xmalloc(sizeof(*node));
    const char *arrow = strchr(text, '>');

    reapi__symlink_node__init(node);
    node->name = xstrndup(text, (size_t)(arrow - text));
    node->target = xstrdup(arrow + 1);
    directory->symlinks =
        xrealloc(directory->symlinks, (directory->n_symlinks + 1) * sizeof(*directory->symlinks));
    directory->symlinks[directory->n_symlinks++] = node;
}

static Reapi__Directory *directory_of(const char *line)
{
    Reapi__Directory *directory = xmalloc(sizeof(*directory));

    reapi__directory__init(directory);
    while (*line) {
        size_t len = strcspn(line, " ");
        auto_free char *word = xstrndup(line, len);
        if (word[0] == 'f')
            add_file(directory, word + 2);
        else if (word[0] == 'd')
            add_directory(directory, word + 2);
        else
            add_symlink(directory, word + 2);
        line += len + strspn(line + len, " ");
    }
    return directory;
}

static void pack_directory(const Reapi__Directory *directory, struct buf *bytes)
{
    size_t size = reapi__directory__get_packed_size(directory);

    buf_reserve(bytes, size);
    reapi__directory__pack(directory, (uint8_t *)bytes->data);
    buf_set_len(bytes, size);
}

static void pack(const char *line, struct buf *bytes)
{
    auto_directory *directory = directory_of(line);

    pack_directory(directory, bytes);
}

static void assert_refused(const struct buf *bytes, const char *text)
{
    Reapi__Directory *directory = NULL;
    auto_error err = ERROR_INIT;

    assert_int_equal(directory_parse(bytes->data, bytes->len, &directory, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
    assert_null(directory);
}

static void directory_parse_gives_what_was_packed(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_directory *directory = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    pack("f:B f:a f:\xc3\xa4 d:b d:c l:link>../x l:m>/abs", &bytes);
    assert_success(directory_parse(bytes.data, bytes.len, &directory, &err), &err);
    assert_int_equal(directory->n_files, 3);
    assert_string_equal(directory->files[2]->name, "\xc3\xa4");
    assert_int_equal(directory->n_directories, 2);
    assert_string_equal(directory->symlinks[0]->target, "../x");
}

static void directory_parse_takes_an_empty_one(void **state)
{
    auto_directory *directory = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(directory_parse(NULL, 0, &directory, &err), &err);
    assert_int_equal(directory->n_files, 0);
}

static void directory_parse_refuses_names_and_order(void **state)
{
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"f:", "a name is empty"},
        {"d:", "a name is empty"},
        {"l:>x", "a name is empty"},
        {"f:.", "'.' can't be a name"},
        {"d:..", "'..' can't be a name"},
        {"f:a/b", "the name 'a/b' has a slash in it"},
        {"d:/", "the name '/' has a slash in it"},
        {"l:../x>y", "the name '../x' has a slash in it"},
        {"f:a f:a", "the name 'a' occurs twice"},
        {"f:a d:a", "the name 'a' occurs twice"},
        {"d:a l:a>x", "the name 'a' occurs twice"},
        {"f:a f:z l:b>y l:z>x", "the name 'z' occurs twice"},
        {"f:b f:a", "the names aren't sorted: 'b' comes before 'a'"},
        {"d:a d:B", "the names aren't sorted: 'a' comes before 'B'"},
        {"f:\xc3\xa4 f:z", "the names aren't sorted: '\xc3\xa4' comes before 'z'"},
        {"l:x>", "the symlink 'x' has no target"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf bytes = BUF_INIT;
        pack(cases[i].line, &bytes);
        assert_refused(&bytes, cases[i].text);
    }
}

static void directory_parse_caps_names_and_targets(void **state)
{
    char name[LIMIT_NAME + 2] = "";
    char target[LIMIT_SYMLINK_TARGET + 2] = "";
    auto_directory *directory = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    memset(name, 'n', LIMIT_NAME);
    memset(target, 't', LIMIT_SYMLINK_TARGET);
    auto_free char *good = xasprintf("f:%s l:x>%s", name, target);
    auto_buf bytes = BUF_INIT;
    pack(good, &bytes);
    assert_success(directory_parse(bytes.data, bytes.len, &directory, &err), &err);

    name[LIMIT_NAME] = 'n';
    auto_free char *long_name = xasprintf("f:%s", name);
    auto_free char *name_text = xasprintf("the name '%.80s…' has more than 255 bytes", name);
    buf_reset(&bytes);
    pack(long_name, &bytes);
    assert_refused(&bytes, name_text);

    target[LIMIT_SYMLINK_TARGET] = 't';
    auto_free char *long_target = xasprintf("l:x>%s", target);
    buf_reset(&bytes);
    pack(long_target, &bytes);
    assert_refused(&bytes, "the target of symlink 'x' has more than 4000 bytes");
}

static void directory_parse_refuses_bad_digests(void **state)
{
    auto_directory *directory = directory_of("f:a d:b");
    auto_buf bytes = BUF_INIT;

    (void)state;
    directory->files[0]->digest->hash[0] = 'X';
    pack_directory(directory, &bytes);
    assert_refused(&bytes, "'a': the hash "
                           "'Xa978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb' "
                           "isn't 64 lower-case hexadecimal digits (SHA-256)");
}

static void directory_parse_refuses_a_node_without_digest(void **state)
{
    auto_directory *directory = directory_of("f:a d:b");
    auto_buf bytes = BUF_INIT;

    (void)state;
    reapi__digest__free_unpacked(directory->directories[0]->digest, NULL);
    directory->directories[0]->digest = NULL;
    pack_directory(directory, &bytes);
    assert_refused(&bytes, "'b': there is no digest");
}

static void directory_parse_sees_a_nul_in_a_name(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    pack("f:aXb", &bytes);
    char *x = memchr(bytes.data, 'X', bytes.len);
    *x = '\0';
    assert_refused(&bytes, "the field name of a FileNode has a NUL in it");
}

static void directory_parse_refuses_what_is_cut(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    pack("f:a", &bytes);
    buf_set_len(&bytes, bytes.len - 1);
    assert_refused(&bytes, "the Directory is not well-formed");
}

static void directory_parse_refuses_a_field_of_another_type(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    buf_add(&bytes, "\x08\x01", 2);
    assert_refused(&bytes, "the directory is not a Directory message");
}

static void directory_parse_caps_the_bytes(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    buf_add_zeros(&bytes, LIMIT_DIRECTORY + 1);
    assert_refused(&bytes, "the directory has 16777217 bytes, more than 16777216");
}

static void directory_parse_caps_the_fields(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    for (int i = 0; i <= LIMIT_DIRECTORY_FIELDS; i++)
        buf_add(&bytes, "\x0a\0", 2);
    assert_refused(&bytes, "the message has too many fields");
}

static void pack_tree(const char *root, const char *child, struct buf *bytes)
{
    auto_directory *root_directory = root ? directory_of(root) : NULL;
    auto_directory *child_directory = directory_of(child);
    Reapi__Tree tree = REAPI__TREE__INIT;

    tree.root = root_directory;
    tree.n_children = 1;
    tree.children = &child_directory;
    size_t size = reapi__tree__get_packed_size(&tree);
    buf_reserve(bytes, size);
    reapi__tree__pack(&tree, (uint8_t *)bytes->data);
    buf_set_len(bytes, size);
}

static void tree_parse_gives_root_and_children(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_tree *tree = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    pack_tree("d:a", "f:b", &bytes);
    assert_success(tree_parse(bytes.data, bytes.len, &tree, &err), &err);
    assert_string_equal(tree->root->directories[0]->name, "a");
    assert_string_equal(tree->children[0]->files[0]->name, "b");
}

static void tree_parse_refuses_what_a_directory_may_not_have(void **state)
{
    static const struct {
        const char *root, *child, *text;
    } cases[] = {
        {"", "f:b f:a", "the tree's child 0: the names aren't sorted: 'b' comes before 'a'"},
        {"d:..", "", "the tree's root: '..' can't be a name"},
        {NULL, "", "the tree has no root"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf bytes = BUF_INIT;
        Reapi__Tree *tree = NULL;
        auto_error err = ERROR_INIT;
        pack_tree(cases[i].root, cases[i].child, &bytes);
        assert_int_equal(tree_parse(bytes.data, bytes.len, &tree, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
        assert_null(tree);
    }
}

static void tree_parse_caps_the_bytes(void **state)
{
    auto_buf bytes = BUF_INIT;
    Reapi__Tree *tree = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    buf_add_zeros(&bytes, LIMIT_TREE + 1);
    assert_int_equal(tree_parse(bytes.data, bytes.len, &tree, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the tree has 67108865 bytes, more than 67108864");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directory_parse_gives_what_was_packed),
        cmocka_unit_test(directory_parse_takes_an_empty_one),
        cmocka_unit_test(directory_parse_refuses_names_and_order),
        cmocka_unit_test(directory_parse_caps_names_and_targets),
        cmocka_unit_test(directory_parse_refuses_bad_digests),
        cmocka_unit_test(directory_parse_refuses_a_node_without_digest),
        cmocka_unit_test(directory_parse_sees_a_nul_in_a_name),
        cmocka_unit_test(directory_parse_refuses_what_is_cut),
        cmocka_unit_test(directory_parse_refuses_a_field_of_another_type),
        cmocka_unit_test(directory_parse_caps_the_bytes),
        cmocka_unit_test(directory_parse_caps_the_fields),
        cmocka_unit_test(tree_parse_gives_root_and_children),
        cmocka_unit_test(tree_parse_refuses_what_a_directory_may_not_have),
        cmocka_unit_test(tree_parse_caps_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
