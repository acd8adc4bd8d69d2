/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/capture.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "unit/linker_word.h"
#include "unit/response_file.h"

#define CAPTURE_VARIABLE "CLEAVE_CAPTURE"
#define CAPTURE_OUT_VARIABLE "CLEAVE_CAPTURE_OUT"
#define RECORD_CAP (1u << 30)

/* Whether the path starts with a directory that rustc named "rustcXXXXXX". */
static bool in_rustc_temp(const char *path)
{
    const char *suffix = after_prefix(path, "rustc");
    size_t len = strcspn(path, "/");

    if (!suffix || len != strlen("rustcXXXXXX") || path[len] != '/')
        return false;
    for (int i = 0; i < 6; i++)
        if (!isalnum((unsigned char)suffix[i]))
            return false;
    return true;
}

static bool is_object_name(const char *name)
{
    return !strchr(name, '/') && (has_suffix(name, ".rcgu.o") || has_suffix(name, ".rcgu.rmeta"));
}

bool synthesized_has(const struct synthesized *where, const char *path)
{
    const char *temp = getenv("TMPDIR");
    const char *rest = path_below(path, where->private_dir);

    if (rest)
        return true;
    rest = where->out_dir ? path_below(path, where->out_dir) : NULL;
    if (rest && (in_rustc_temp(rest) || is_object_name(rest)))
        return true;
    rest = path_below(path, temp && *temp ? temp : "/tmp");
    return rest && in_rustc_temp(rest);
}

int capture_install(const char *base, const char *linker, const struct synthesized *where,
                    struct strv *env, char **ret_program, struct error *err)
{
    auto_free char *dir = path_join(base, "linker");
    auto_free char *links = path_join(base, "links");
    auto_free char *program = path_join(dir, path_basename(linker));
    auto_free char *self = NULL;

    if (process_own_program(&self, err) < 0)
        return -1;
    if (fs_mkdir_all(dir, err) < 0 || fs_mkdir_all(links, err) < 0)
        return -1;
    if (symlink(self, program) < 0)
        return error_set_errno(err, errno, "cannot create %s", program);
    env_set(env, CAPTURE_VARIABLE, base);
    env_set(env, CAPTURE_OUT_VARIABLE, where->out_dir ? where->out_dir : "");
    *ret_program = xstrdup(program);
    return 0;
}

bool capture_is_wanted(const char *argv0)
{
    const char *base = getenv(CAPTURE_VARIABLE);
    const char *name = base ? path_below(argv0, base) : NULL;

    return name && has_prefix(name, "linker/");
}

/* The record that is being written. */
struct recorder {
    const char *dir;
    struct synthesized where;
    char *cwd;
    unsigned kept_count;
    struct buf kept;
};

static int keep_dir(const char *from, const char *to, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (fs_mkdir_all(to, err) < 0 || fs_list(from, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *source = path_join(from, names.items[i]);
        auto_free char *target = path_join(to, names.items[i]);
        if (fs_link_or_copy(source, target, err) < 0)
            return -1;
    }
    return 0;
}

/* Keeps the file or directory that PATH, as the line spells it, names, if rustc made it. */
static int keep(struct recorder *recorder, const char *path, struct error *err)
{
    auto_free char *absolute = path_join(recorder->cwd, path);

    if (!synthesized_has(&recorder->where, absolute) || !fs_exists(absolute))
        return 0;
    auto_free char *name = xasprintf("%03u-%s", recorder->kept_count, path_basename(path));
    auto_free char *target = xasprintf("%s/unit/%s", recorder->dir, name);
    recorder->kept_count++;
    buf_add(&recorder->kept, path, strlen(path) + 1);
    buf_add(&recorder->kept, name, strlen(name) + 1);
    return fs_is_dir(absolute) ? keep_dir(absolute, target, err)
                               : fs_link_or_copy(absolute, target, err);
}

static bool may_be_input(enum argument_role role)
{
    return role == ROLE_POSITIONAL || role == ROLE_UNKNOWN || role == ROLE_INPUT_FILE ||
           role == ROLE_SEARCH_DIR;
}

static int keep_files(struct recorder *recorder, const struct strv *words, struct error *err)
{
    struct linker_word_state state = {0};
    auto_free struct linker_piece *pieces = xcalloc(LINKER_PIECES_CAP, sizeof(*pieces));

    for (size_t i = 0; i < words->len; i++) {
        size_t count = 0;
        if (linker_word_split(words->items[i], &state, pieces, &count, err) < 0)
            return -1;
        for (size_t j = 0; j < count; j++) {
            auto_free char *path = xstrndup(pieces[j].text, pieces[j].len);
            if (may_be_input(pieces[j].role) && keep(recorder, path, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* The first directory DIR/links/N that isn't there yet: rustc links one output after the other. */
static int create_record(const char *base, char **ret_dir, struct error *err)
{
    for (int i = 0; i < CAPTURE_LINKS_CAP; i++) {
        auto_free char *dir = xasprintf("%s/links/%d", base, i);
        if (mkdir(dir, 0777) == 0) {
            *ret_dir = xstrdup(dir);
            return 0;
        }
        if (errno != EEXIST)
            return error_set_errno(err, errno, "cannot create %s", dir);
    }
    return error_set(err, ERROR_REFUSED, "rustc ran its linker over %d times", CAPTURE_LINKS_CAP);
}

static int write_list(const char *dir, const char *name, char *const *items, struct error *err)
{
    auto_free char *path = path_join(dir, name);
    auto_buf text = BUF_INIT;

    for (; *items; items++)
        buf_add(&text, *items, strlen(*items) + 1);
    return fs_write_file(path, text.data, text.len, err);
}

static int record(struct recorder *recorder, int argc, char **argv, struct error *err)
{
    auto_strv words = STRV_INIT;
    auto_free char *unit = path_join(recorder->dir, "unit");
    auto_free char *kept = path_join(recorder->dir, "kept");

    if (response_file_expand(argv + 1, (size_t)argc - 1, &words, err) < 0)
        return -1;
    if (fs_mkdir_all(unit, err) < 0 || keep_files(recorder, &words, err) < 0)
        return -1;
    if (write_list(recorder->dir, "environment", environ, err) < 0 ||
        fs_write_file(kept, recorder->kept.data, recorder->kept.len, err) < 0)
        return -1;
    return write_list(recorder->dir, "words", words.items, err);
}

int capture_run(int argc, char **argv, struct error *err)
{
    const char *base = getenv(CAPTURE_VARIABLE);
    const char *out_dir = getenv(CAPTURE_OUT_VARIABLE);
    auto_free char *dir = NULL;
    struct recorder recorder = {.kept = BUF_INIT};

    if (create_record(base, &dir, err) < 0 || fs_getcwd(&recorder.cwd, err) < 0)
        return -1;
    auto_free char *out = path_join(base, CAPTURE_OUT);
    auto_free char *private_dir = path_join(recorder.cwd, out);
    recorder.dir = dir;
    recorder.where.private_dir = private_dir;
    recorder.where.out_dir = out_dir && *out_dir ? out_dir : NULL;
    int status = record(&recorder, argc, argv, err);
    free(recorder.cwd);
    buf_release(&recorder.kept);
    return status;
}

static int read_list(const char *dir, const char *name, struct strv *items, struct error *err)
{
    auto_free char *path = path_join(dir, name);
    auto_buf text = BUF_INIT;

    if (fs_read_file(path, RECORD_CAP, &text, err) < 0)
        return -1;
    for (size_t at = 0; at < text.len; at += strlen(text.data + at) + 1)
        strv_push(items, text.data + at);
    return 0;
}

int captured_link_load(const char *base, size_t index, struct captured_link *ret_link,
                       struct error *err)
{
    auto_free char *dir = xasprintf("%s/links/%zu", base, index);
    auto_captured_link link = CAPTURED_LINK_INIT;

    if (!fs_exists(dir))
        return 1;
    if (read_list(dir, "words", &link.words, err) < 0 ||
        read_list(dir, "environment", &link.environment, err) < 0 ||
        read_list(dir, "kept", &link.kept, err) < 0)
        return -1;
    link.unit_dir = path_join(dir, "unit");
    *ret_link = link;
    link = (struct captured_link)CAPTURED_LINK_INIT;
    return 0;
}

void captured_link_release(struct captured_link *link)
{
    strv_release(&link->words);
    strv_release(&link->environment);
    strv_release(&link->kept);
    free(link->unit_dir);
    link->unit_dir = NULL;
}

const char *captured_link_kept(const struct captured_link *link, const char *path)
{
    for (size_t i = 0; i + 1 < link->kept.len; i += 2)
        if (strcmp(link->kept.items[i], path) == 0)
            return link->kept.items[i + 1];
    return NULL;
}

char *captured_link_metadata(const struct captured_link *link)
{
    for (size_t i = 0; i + 1 < link->kept.len; i += 2) {
        const char *name = path_basename(link->kept.items[i]);
        /* The second is that of old rustc, before 1.70 or so. */
        if (strcmp(name, "rmeta.o") == 0 || has_suffix(name, ".rcgu.rmeta"))
            return path_join(link->unit_dir, link->kept.items[i + 1]);
    }
    return NULL;
}
