/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_arguments.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/path.h"

/*
 * rustc looks for -Zshell-argfiles while it expands, in this one spelling, as one argument or two.
 * Called for each argument in order; *AFTER_Z remembers that the last one was a bare -Z.
 */
static bool turns_on_shell_files(const char *arg, bool *after_z)
{
    const char *option = *after_z ? arg : after_prefix(arg, "-Z");

    *after_z = !*after_z && strcmp(arg, "-Z") == 0;
    return option && strcmp(option, "shell-argfiles") == 0;
}

/* rustc's lines: a "\r" in front of the line's end belongs to it, and none at the end of all. */
static size_t line_length(const char *line, size_t left, size_t *ret_taken)
{
    const char *newline = memchr(line, '\n', left);

    if (!newline) {
        *ret_taken = left;
        return left;
    }
    size_t len = (size_t)(newline - line);
    *ret_taken = len + 1;
    return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

static int read_lines(const char *path, struct strv *lines, struct error *err)
{
    auto_buf text = BUF_INIT;

    if (fs_read_file(path, RUSTC_ARGUMENT_FILE_CAP, &text, err) < 0)
        return error_prefix(err, "rustc's argument file @%s", path);
    if (memchr(text.data, '\0', text.len))
        return error_set(err, ERROR_REFUSED, "rustc's argument file %s has a NUL byte", path);
    for (size_t at = 0, taken; at < text.len; at += taken) {
        size_t len = line_length(text.data + at, text.len - at, &taken);
        if (text.data[at] == '@')
            return error_set(err, ERROR_REFUSED,
                             "rustc's argument file %s has the line %.*s, which rustc takes as a "
                             "plain name: write ./ in front of it",
                             path, (int)len, text.data + at);
        strv_push_len(lines, text.data + at, len);
    }
    return 0;
}

int rustc_arguments_expand(char *const *args, size_t count, struct strv *out, struct error *err)
{
    bool shell_files = false;
    bool after_z = false;

    for (size_t i = 0; i < count; i++) {
        size_t first = out->len;
        if (shell_files && has_prefix(args[i], "@shell:"))
            return error_set(err, ERROR_REFUSED,
                             "%s: cleave doesn't read shell-quoted argument files; write one "
                             "argument a line and give @FILE",
                             args[i]);
        if (args[i][0] != '@')
            strv_push(out, args[i]);
        else if (read_lines(args[i] + 1, out, err) < 0)
            return -1;
        for (size_t k = first; k < out->len; k++)
            shell_files = turns_on_shell_files(out->items[k], &after_z) || shell_files;
    }
    return 0;
}

int rustc_arguments_write(const struct strv *args, const char *path, struct error *err)
{
    auto_buf text = BUF_INIT;

    for (size_t i = 0; i < args->len; i++) {
        if (strchr(args->items[i], '\n') || has_suffix(args->items[i], "\r"))
            return error_set(err, ERROR_REFUSED,
                             "the command line is too long, and its argument \"%s\" has a line "
                             "break, so that it can't be given to rustc in a file",
                             args->items[i]);
        buf_add_str(&text, args->items[i]);
        buf_add_char(&text, '\n');
    }
    return fs_write_file(path, text.data, text.len, err);
}
