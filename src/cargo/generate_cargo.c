/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_cargo.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"

#define STDERR_CAP (1u << 20)
#define HOST_SIZE_CAP (64u << 10)

struct answer {
    struct buf out;
    struct buf err;
    size_t cap;
};

static int take_out(void *user, const char *line, size_t len, struct error *err)
{
    struct answer *answer = user;

    if (answer->out.len + len > answer->cap)
        return error_set(err, ERROR_REFUSED, "it prints more than %zu bytes", answer->cap);
    buf_add(&answer->out, line, len);
    return 0;
}

/* Kept for the message of a failure: the end doesn't matter. */
static int take_err(void *user, const char *line, size_t len, struct error *err)
{
    struct answer *answer = user;

    (void)err;
    if (answer->err.len + len <= STDERR_CAP)
        buf_add(&answer->err, line, len);
    return 0;
}

static int cargo_failed(const char *const *words, const struct answer *answer, int status,
                        struct error *err)
{
    const char *said = strstr(answer->err.data, "error:");
    size_t len;

    said = said ? said : answer->err.data;
    len = strlen(said);
    while (len > 0 && said[len - 1] == '\n')
        len--;
    if (strstr(answer->err.data, "--locked"))
        return error_set(err, ERROR_FAILURE,
                         "Cargo.lock is out of date; run `cargo update --workspace` and look at "
                         "what changes. %s says: %.*s",
                         words[0], (int)len, said);
    return error_set(err, ERROR_FAILURE, "%s %s failed (exit status %d): %.*s", words[0], words[1],
                     status, (int)len, said);
}

/* Runs the program in the manifest's directory; *RET_TEXT is what it prints. */
static int ask(const char *manifest, const char *const *words, size_t cap, struct buf *text,
               struct error *err)
{
    auto_free char *dir = path_dirname(manifest);
    struct answer answer = {BUF_INIT, BUF_INIT, cap};
    auto_strv argv = STRV_INIT;
    int status, result;

    strv_push_list(&argv, (char *const *)words);
    struct process process = {.argv = argv.items,
                              .dir = dir,
                              .on_stdout = take_out,
                              .on_stderr = take_err,
                              .user = &answer};
    result = process_run(&process, &status, err);
    if (result < 0)
        error_prefix(err, "%s %s", words[0], words[1]);
    else if (status != 0)
        result = cargo_failed(words, &answer, status, err);
    else
        buf_add(text, answer.out.data, answer.out.len);
    buf_release(&answer.out);
    buf_release(&answer.err);
    return result;
}

static const char *program(const char *variable, const char *name)
{
    const char *value = getenv(variable);

    return value && *value ? value : name;
}

int cargo_host(const char *manifest, char **ret_triple, struct error *err)
{
    static const char key[] = "\nhost: ";
    const char *const words[] = {program("RUSTC", "rustc"), "-vV", NULL};
    auto_buf text = BUF_INIT;

    if (ask(manifest, words, HOST_SIZE_CAP, &text, err) < 0)
        return -1;
    const char *hit = strstr(text.data, key);
    if (!hit)
        return error_set(err, ERROR_REFUSED, "%s -vV names no host", words[0]);
    hit += strlen(key);
    *ret_triple = xstrndup(hit, strcspn(hit, "\n"));
    return 0;
}

/* Cargo would call a lock file that isn't there one that must change. */
static int check_lock(const char *manifest, struct error *err)
{
    const char *const words[] = {
        program("CARGO", "cargo"), "locate-project", "--workspace", "--message-format", "plain",
        "--manifest-path",         manifest,         NULL};
    auto_buf root = BUF_INIT;

    if (!fs_is_file(manifest))
        return error_set(err, ERROR_FAILURE, "there is no %s; give --manifest-path", manifest);
    if (ask(manifest, words, HOST_SIZE_CAP, &root, err) < 0)
        return -1;
    auto_free char *path = xstrndup(root.data, strcspn(root.data, "\n"));
    auto_free char *dir = path_dirname(path);
    auto_free char *lock = path_join(dir, "Cargo.lock");
    if (!fs_is_file(lock))
        return error_set(err, ERROR_FAILURE, "there is no %s; run `cargo generate-lockfile`", lock);
    return 0;
}

int cargo_read_packages(const char *manifest, const char *host, const char *triple,
                        struct cargo_packages *ret_packages, struct error *err)
{
    const char *const words[] = {program("CARGO", "cargo"),
                                 "metadata",
                                 "--format-version",
                                 "1",
                                 "--locked",
                                 "--filter-platform",
                                 host,
                                 "--filter-platform",
                                 triple,
                                 "--manifest-path",
                                 manifest,
                                 NULL};
    auto_buf text = BUF_INIT;

    if (check_lock(manifest, err) < 0 ||
        ask(manifest, words, CARGO_METADATA_SIZE_CAP, &text, err) < 0)
        return -1;
    return cargo_packages_parse(text.data, text.len, ret_packages, err);
}

int cargo_read_tree(const char *manifest, const char *triple, const char *edges,
                    struct cargo_tree *ret_tree, struct error *err)
{
    const char *const words[] = {program("CARGO", "cargo"),
                                 "tree",
                                 "--locked",
                                 "--workspace",
                                 "--color=never",
                                 "--charset=ascii",
                                 "--prefix=indent",
                                 "--format=" CARGO_TREE_FORMAT,
                                 "--edges",
                                 edges,
                                 "--target",
                                 triple,
                                 "--manifest-path",
                                 manifest,
                                 NULL};
    auto_buf text = BUF_INIT;

    if (ask(manifest, words, CARGO_TREE_SIZE_CAP, &text, err) < 0)
        return -1;
    return cargo_tree_parse(text.data, text.len, ret_tree, err);
}
