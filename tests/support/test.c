/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/strv.h"

#define FILE_CAP (64u << 20)

int test_enter_dir(void **state)
{
    auto_error err = ERROR_INIT;
    const char *where = getenv("TMPDIR");
    struct temp_dir *dir = xcalloc(1, sizeof(*dir));

    assert_success(temp_dir_create(where ? where : "/tmp", dir, &err), &err);
    assert_int_equal(chdir(dir->path), 0);
    *state = dir;
    return 0;
}

int test_leave_dir(void **state)
{
    struct temp_dir *dir = *state;

    assert_int_equal(chdir("/"), 0);
    temp_dir_release(dir);
    free(dir);
    return 0;
}

void test_write(const char *path, const char *text)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_write_file(path, text, strlen(text), &err), &err);
}

char *test_read(const char *path)
{
    auto_error err = ERROR_INIT;
    auto_buf text = BUF_INIT;

    assert_success(fs_read_file(path, FILE_CAP, &text, &err), &err);
    return buf_detach(&text);
}

void assert_file(const char *path, const char *expected)
{
    auto_free char *text = test_read(path);

    assert_string_equal(text, expected);
}

struct stat test_stat(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st;
}

size_t test_count_entries(const char *dir)
{
    auto_error err = ERROR_INIT;
    auto_strv names = STRV_INIT;

    assert_success(fs_list(dir, &names, &err), &err);
    return names.len;
}

void test_run(const char *program, ...)
{
    auto_error err = ERROR_INIT;
    auto_strv argv = STRV_INIT;
    va_list args;
    int status = -1;

    va_start(args, program);
    for (const char *arg = program; arg; arg = va_arg(args, const char *))
        strv_push(&argv, arg);
    va_end(args);
    struct process process = {.argv = argv.items};
    assert_success(process_run(&process, &status, &err), &err);
    if (status != 0)
        fail_msg("%s ended with status %d", program, status);
}

static int append_line(void *user, const char *line, size_t len, struct error *err)
{
    (void)err;
    buf_add(user, line, len);
    return 0;
}

void test_output(const char *const *argv, struct buf *output)
{
    auto_error err = ERROR_INIT;
    auto_strv words = STRV_INIT;
    int status = -1;

    while (*argv)
        strv_push(&words, *argv++);
    struct process process = {
        .argv = words.items, .on_stdout = append_line, .on_stderr = append_line, .user = output};
    assert_success(process_run(&process, &status, &err), &err);
}

static void add_rustc(struct strv *rustcs, const char *name)
{
    auto_free char *path = process_find(name, getenv("PATH"));

    if (path && !strv_contains(rustcs, path))
        strv_push(rustcs, path);
}

const char *const *test_rustcs(void)
{
    static struct strv rustcs = STRV_INIT;
    const char *names = getenv("TEST_RUSTCS");

    if (rustcs.len > 0)
        return (const char *const *)rustcs.items;
    for (const char *at = names ? names : "rustc /usr/bin/rustc"; *at;) {
        size_t len = strcspn(at, " ");
        auto_free char *name = xstrndup(at, len);
        add_rustc(&rustcs, name);
        at += len + strspn(at + len, " ");
    }
    return (const char *const *)rustcs.items;
}
