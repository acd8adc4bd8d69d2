/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Directory and Tree messages: what is accepted has nothing in it that the header says it can't
 * have, and is accepted again when it is packed.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

static void check_name(const char *name)
{
    size_t len = strlen(name);

    check(len > 0 && len <= LIMIT_NAME && !strchr(name, '/'));
    check(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
}

static void check_names(const Reapi__Directory *directory)
{
    for (size_t i = 0; i < directory->n_files; i++)
        check_name(directory->files[i]->name);
    for (size_t i = 0; i < directory->n_directories; i++)
        check_name(directory->directories[i]->name);
    for (size_t i = 0; i < directory->n_symlinks; i++)
        check_name(directory->symlinks[i]->name);
    for (size_t i = 1; i < directory->n_files; i++)
        check(strcmp(directory->files[i - 1]->name, directory->files[i]->name) < 0);
}

static void check_round_trip(const Reapi__Directory *directory)
{
    size_t size = reapi__directory__get_packed_size(directory);
    auto_directory *again = NULL;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;

    buf_reserve(&bytes, size);
    reapi__directory__pack(directory, (uint8_t *)bytes.data);
    check(directory_parse(bytes.data, size, &again, &err) == 0);
    check(reapi__directory__get_packed_size(again) == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_directory *directory = NULL;
    auto_tree *tree = NULL;
    auto_error err = ERROR_INIT;

    if (directory_parse(data, size, &directory, &err) == 0) {
        check_names(directory);
        check_round_trip(directory);
    }
    if (tree_parse(data, size, &tree, &err) == 0) {
        check_names(tree->root);
        for (size_t i = 0; i < tree->n_children; i++)
            check_names(tree->children[i]);
    }
    return 0;
}
