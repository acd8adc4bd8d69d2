/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_output.h"

#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"

#define BUILD_FILE_SIZE_CAP (64u << 20)

void output_release(struct output *output)
{
    for (size_t i = 0; i < output->vendored_len; i++)
        vendored_release(&output->vendored[i]);
    for (size_t i = 0; i < output->file_len; i++) {
        free(output->files[i].path);
        free(output->files[i].text);
    }
    free(output->vendored);
    free(output->files);
    free(output->vendor_dir);
    *output = (struct output)OUTPUT_INIT;
}

void output_add_file(struct output *output, const char *path, char *text)
{
    grow_for_one(output->files, output->file_len, output->file_cap);
    output->files[output->file_len++] = (struct output_file){xstrdup(path), text};
}

void output_add_vendored(struct output *output, const struct vendored *vendored)
{
    grow_for_one(output->vendored, output->vendored_len, output->vendored_cap);
    output->vendored[output->vendored_len++] = *vendored;
}

enum file_state { FILE_FRESH, FILE_STALE, FILE_TAKEN };

static int look_at_file(const struct output_file *file, enum file_state *ret_state,
                        struct error *err)
{
    auto_buf text = BUF_INIT;

    *ret_state = FILE_STALE;
    if (!fs_exists(file->path))
        return 0;
    if (!vendor_is_generated(file->path)) {
        *ret_state = FILE_TAKEN;
        return 0;
    }
    if (fs_read_file(file->path, BUILD_FILE_SIZE_CAP, &text, err) < 0)
        return -1;
    if (text.len == strlen(file->text) && memcmp(text.data, file->text, text.len) == 0)
        *ret_state = FILE_FRESH;
    return 0;
}

/* Appends the copies that were generated and that nothing needs any more. */
static int list_leftovers(const struct output *output, struct strv *paths, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (!fs_is_dir(output->vendor_dir))
        return 0;
    if (fs_list(output->vendor_dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *dir = path_join(output->vendor_dir, names.items[i]);
        auto_free char *build = path_join(dir, "BUILD.bazel");
        bool wanted = false;
        for (size_t k = 0; k < output->vendored_len && !wanted; k++)
            wanted = strcmp(output->vendored[k].place, dir) == 0;
        if (!wanted && vendor_is_generated(build))
            strv_push(paths, dir);
    }
    return 0;
}

int output_check(const struct output *output, struct strv *ret_stale, struct strv *ret_taken,
                 struct error *err)
{
    for (size_t i = 0; i < output->file_len; i++) {
        enum file_state state;
        if (look_at_file(&output->files[i], &state, err) < 0)
            return -1;
        if (state != FILE_FRESH)
            strv_push(state == FILE_TAKEN ? ret_taken : ret_stale, output->files[i].path);
    }
    for (size_t i = 0; i < output->vendored_len; i++) {
        int fresh = vendored_is_fresh(&output->vendored[i], err);
        if (fresh < 0)
            return -1;
        if (!fresh)
            strv_push(ret_stale, output->vendored[i].place);
    }
    return list_leftovers(output, ret_stale, err);
}

static int write_file(const struct output_file *file, struct error *err)
{
    auto_free char *dir = path_dirname(file->path);

    return fs_mkdir_all(dir, err) < 0
               ? -1
               : fs_write_file(file->path, file->text, strlen(file->text), err);
}

/* The copies come first: nothing names one that isn't there yet. */
int output_write(const struct output *output, struct strv *ret_taken, struct error *err)
{
    auto_strv leftovers = STRV_INIT;

    for (size_t i = 0; i < output->vendored_len; i++) {
        int fresh = vendored_is_fresh(&output->vendored[i], err);
        if (fresh < 0 || (!fresh && vendored_make(&output->vendored[i], err) < 0))
            return -1;
    }
    for (size_t i = 0; i < output->file_len; i++) {
        enum file_state state;
        if (look_at_file(&output->files[i], &state, err) < 0)
            return -1;
        if (state == FILE_TAKEN)
            strv_push(ret_taken, output->files[i].path);
        if (state == FILE_STALE && write_file(&output->files[i], err) < 0)
            return -1;
    }
    if (list_leftovers(output, &leftovers, err) < 0)
        return -1;
    for (size_t i = 0; i < leftovers.len; i++)
        if (fs_remove_all(leftovers.items[i], err) < 0)
            return -1;
    return 0;
}
