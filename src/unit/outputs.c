/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/outputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/dep_info.h"
#include "rust/rustc_message.h"

static void add_place(struct outputs *outputs, char *private_dir, char *user_dir)
{
    outputs->places =
        xrealloc(outputs->places, (outputs->place_count + 1) * sizeof(*outputs->places));
    outputs->places[outputs->place_count++] = (struct output_place){private_dir, user_dir};
}

/* A new private directory that stands for the directory of the user's FILE. Returns its FILE. */
static char *add_file_place(struct outputs *outputs, const char *base, const char *file)
{
    char *private_dir = xasprintf("%s/%zu", base, outputs->place_count);
    char *user_dir = strchr(file, '/') ? path_dirname(file) : xstrdup("");

    add_place(outputs, private_dir, user_dir);
    return path_join(private_dir, path_basename(file));
}

/* Keeps rustc's path of what is read here, when ENTRY, a KIND=PATH, is of that kind. */
static void note_named(struct outputs *outputs, const char *entry, const char *file)
{
    char **named = has_prefix(entry, "dep-info=")   ? &outputs->dep_info
                   : has_prefix(entry, "metadata=") ? &outputs->metadata
                                                    : NULL;

    if (!named)
        return;
    free(*named);
    *named = xstrdup(file);
}

/* Puts every KIND=PATH of an --emit list into a private directory. */
static char *private_emit(struct outputs *outputs, const char *base, const char *value)
{
    auto_buf list = BUF_INIT;

    while (*value) {
        size_t len = strcspn(value, ",");
        auto_free char *entry = xstrndup(value, len);
        const char *equals = strchr(entry, '=');
        if (list.len > 0)
            buf_add_char(&list, ',');
        if (equals && strcmp(equals, "=-") != 0) {
            auto_free char *file = add_file_place(outputs, base, equals + 1);
            buf_addf(&list, "%.*s=%s", (int)(equals - entry), entry, file);
            note_named(outputs, entry, file);
        } else {
            buf_add_str(&list, entry);
        }
        value += len + (value[len] == ',');
    }
    return buf_detach(&list);
}

static void rewrite_options(struct outputs *outputs, const struct rustc_command *command,
                            const char *base, struct rustc_rewrite *rewrite)
{
    const char *private_dir = outputs->places[0].private_dir;

    for (size_t i = 0; i < command->option_count; i++) {
        const struct rustc_option *option = &command->options[i];
        if (option->kind == RUSTC_OUT_DIR)
            rustc_rewrite_set(rewrite, i, xstrdup(private_dir));
        else if (option->kind == RUSTC_OUTPUT && strcmp(option->value, "-") != 0)
            rustc_rewrite_set(rewrite, i, path_join(private_dir, path_basename(option->value)));
        else if (option->kind == RUSTC_EMIT)
            rustc_rewrite_set(rewrite, i, private_emit(outputs, base, option->value));
    }
    if (!command->out_dir && !command->output) {
        strv_push(&rewrite->added, "--out-dir");
        strv_push(&rewrite->added, private_dir);
    }
}

/* What the names of rustc's objects start with. */
static char *object_stem(const struct rustc_command *command)
{
    const char *extra = NULL;

    if (command->output)
        return xstrdup(path_basename(command->output));
    auto_free char *name = rustc_command_crate_name(command);
    rustc_command_find(command, RUSTC_CODEGEN, "extra-filename", &extra);
    return xasprintf("%s%s", name, extra ? extra : "");
}

int outputs_create_user_dir(const struct rustc_command *command, struct error *err)
{
    auto_free char *dir = rustc_command_output_dir(command);

    return *dir ? fs_mkdir_all(dir, err) : 0;
}

int outputs_prepare(struct outputs *outputs, const struct rustc_command *command, bool in_place,
                    const char *base, struct rustc_rewrite *rewrite, struct error *err)
{
    auto_free char *user_dir = rustc_command_output_dir(command);

    outputs->in_place = in_place;
    outputs->stem = object_stem(command);
    clock_gettime(CLOCK_REALTIME_COARSE, &outputs->start);
    if (fs_getcwd(&outputs->cwd, err) < 0)
        return -1;
    if (in_place) {
        add_place(outputs, xstrdup(*user_dir ? user_dir : "."), xstrdup(user_dir));
        return 0;
    }
    add_place(outputs, xasprintf("%s/0", base), xstrdup(user_dir));
    rewrite_options(outputs, command, base, rewrite);
    for (size_t i = 0; i < outputs->place_count; i++)
        if (fs_mkdir_all(outputs->places[i].private_dir, err) < 0)
            return -1;
    return 0;
}

void outputs_release(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->place_count; i++) {
        free(outputs->places[i].private_dir);
        free(outputs->places[i].user_dir);
    }
    free(outputs->places);
    free(outputs->cwd);
    free(outputs->stem);
    free(outputs->dep_info);
    free(outputs->metadata);
    *outputs = (struct outputs)OUTPUTS_INIT;
}

/* The path below the place's private directory, however rustc spells that; or NULL. */
static const char *below_place(const struct outputs *outputs, const struct output_place *place,
                               const char *path)
{
    const char *below = path_below(path, place->private_dir);

    if (below || path[0] != '/')
        return below;
    auto_free char *absolute = path_join(outputs->cwd, place->private_dir);
    return path_below(path, absolute);
}

char *outputs_user_path(const struct outputs *outputs, const char *path)
{
    for (size_t i = 0; i < outputs->place_count && !outputs->in_place; i++) {
        const char *below = below_place(outputs, &outputs->places[i], path);
        if (below)
            return path_join(outputs->places[i].user_dir, below);
    }
    return xstrdup(path);
}

/* Dep-info names rustc's outputs as its targets. */
static int publish_dep_info(const struct outputs *outputs, const char *path, const char *to,
                            struct error *err)
{
    auto_buf text = BUF_INIT;

    if (fs_read_file(path, DEP_INFO_CAP, &text, err) < 0)
        return -1;
    for (size_t i = 0; i < outputs->place_count; i++) {
        auto_buf changed = BUF_INIT;
        if (dep_info_retarget(text.data, text.len, outputs->places[i].private_dir,
                              outputs->places[i].user_dir, &changed, err) < 0)
            return error_prefix(err, "%s", to);
        buf_reset(&text);
        buf_add(&text, changed.data, changed.len);
    }
    return fs_write_file(to, text.data, text.len, err);
}

static bool is_dep_info(const struct outputs *outputs, const char *path)
{
    bool named = outputs->dep_info && strcmp(path, outputs->dep_info) == 0;

    return !outputs->in_place && (named || has_suffix(path, ".d"));
}

int outputs_publish(const struct outputs *outputs, const char *path, struct error *err)
{
    auto_free char *to = outputs_user_path(outputs, path);

    if (!fs_exists(path))
        return 1;
    if (outputs->in_place)
        return 0;
    auto_free char *user_dir = path_dirname(to);
    if (is_dep_info(outputs, path))
        return publish_dep_info(outputs, path, to, err);
    /* rustc may still read what it has written: the file stays, under both names. */
    auto_temp_dir beside = TEMP_DIR_INIT;
    if (temp_dir_create(user_dir, &beside, err) < 0)
        return error_prefix(err, "cannot write %s", to);
    auto_free char *linked = path_join(beside.path, "new");
    if (fs_is_dir(path))
        return fs_replace(path, to, err);
    if (fs_link_or_copy(path, linked, err) < 0)
        return error_prefix(err, "cannot write %s", to);
    return fs_replace(linked, to, err);
}

static bool is_newer(const struct outputs *outputs, const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return false;
    return st.st_mtim.tv_sec != outputs->start.tv_sec
               ? st.st_mtim.tv_sec > outputs->start.tv_sec
               : st.st_mtim.tv_nsec >= outputs->start.tv_nsec;
}

/* Whether a file in the user's directory is of this crate, and not of another that is built there.
 */
static bool is_own(const struct outputs *outputs, const char *path)
{
    const char *name = path_basename(path);
    const char *rest = after_prefix(name, outputs->stem);

    if (!rest && has_prefix(name, "lib"))
        rest = after_prefix(name + 3, outputs->stem);
    return rest && (*rest == '.' || *rest == '\0') && is_newer(outputs, path);
}

int outputs_list(const struct outputs *outputs, struct strv *paths, struct error *err)
{
    for (size_t i = 0; i < outputs->place_count; i++) {
        auto_strv names = STRV_INIT;
        if (fs_list(outputs->places[i].private_dir, &names, err) < 0)
            return -1;
        for (size_t j = 0; j < names.len; j++) {
            auto_free char *path = path_join(outputs->places[i].private_dir, names.items[j]);
            if (!outputs->in_place || is_own(outputs, path))
                strv_push(paths, path);
        }
    }
    return 0;
}

char *outputs_metadata(const struct outputs *outputs)
{
    const char *dir = outputs->places[0].private_dir;
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    if (outputs->metadata)
        return fs_exists(outputs->metadata) ? xstrdup(outputs->metadata) : NULL;
    if (fs_list(dir, &names, &err) < 0)
        return NULL;
    for (size_t i = 0; i < names.len; i++)
        if (has_suffix(names.items[i], ".rmeta"))
            return path_join(dir, names.items[i]);
    return NULL;
}

int outputs_publish_rest(const struct outputs *outputs, const struct strv *held, struct error *err)
{
    auto_strv paths = STRV_INIT;

    if (outputs->in_place)
        return 0;
    if (outputs_list(outputs, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.len; i++) {
        if (strv_contains(held, paths.items[i]))
            continue;
        auto_free char *to = outputs_user_path(outputs, paths.items[i]);
        int status = is_dep_info(outputs, paths.items[i])
                         ? publish_dep_info(outputs, paths.items[i], to, err)
                         : fs_replace(paths.items[i], to, err);
        if (status < 0)
            return -1;
    }
    return 0;
}

void outputs_rename(const struct outputs *outputs, const char *line, size_t len, struct buf *buf)
{
    auto_buf text = BUF_INIT;

    buf_add(&text, line, len);
    for (size_t i = 0; i < outputs->place_count && !outputs->in_place; i++) {
        const struct output_place *place = &outputs->places[i];
        auto_free char *absolute = path_join(outputs->cwd, place->private_dir);
        auto_free char *user = path_join(outputs->cwd, place->user_dir);
        auto_buf changed = BUF_INIT;
        rustc_message_rename(text.data, text.len, absolute, user, &changed);
        buf_reset(&text);
        rustc_message_rename(changed.data, changed.len, place->private_dir, place->user_dir, &text);
    }
    buf_add(buf, text.data, text.len);
}

static bool is_leftover(const struct outputs *outputs, const char *name)
{
    bool temp = (has_prefix(name, "rustc") || has_prefix(name, "rmeta")) && strlen(name) == 11;
    const char *rest = after_prefix(name, outputs->stem);

    return temp || (rest && rest[0] == '.' &&
                    (has_suffix(rest, ".rcgu.o") || has_suffix(rest, ".rcgu.dwo")));
}

void outputs_discard(const struct outputs *outputs)
{
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    if (!outputs->in_place || fs_list(outputs->places[0].private_dir, &names, &err) < 0)
        return;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(outputs->places[0].private_dir, names.items[i]);
        if (is_leftover(outputs, names.items[i]) && is_newer(outputs, path) &&
            fs_remove_all(path, &err) < 0)
            return; /* the failure that brought us here is the one to report */
    }
}
