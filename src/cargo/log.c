/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"

static const char *const outcome_names[] = {
    [OUTCOME_SPLIT] = "split",
    [OUTCOME_LTO] = "lto",
    [OUTCOME_LIBRARY] = "library",
    [OUTCOME_RUSTC] = "rustc",
};

#define OUTCOME_COUNT (sizeof(outcome_names) / sizeof(outcome_names[0]))

int log_append(enum outcome outcome, const char *crate, const char *type, const char *reason,
               struct error *err)
{
    const char *path = getenv(LOG_VARIABLE);

    if (!path || !*path)
        return 0;
    auto_free char *line = xasprintf("%s %s %s%s%s\n", outcome_names[outcome], crate, type,
                                     reason ? " " : "", reason ? reason : "");
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot open %s ($" LOG_VARIABLE ")", path);
    /* One write: the lines of processes that append at the same time don't mix. */
    ssize_t put = write(fd, line, strlen(line));
    int errnum = errno;
    close(fd);
    if (put != (ssize_t)strlen(line))
        return error_set_errno(err, put < 0 ? errnum : ENOSPC, "cannot write %s", path);
    return 0;
}

struct sum {
    size_t counts[OUTCOME_COUNT];
    struct strv reasons; /* each once */
    size_t *reason_counts;
};

static void count_reason(struct sum *sum, const char *reason)
{
    size_t i = 0;

    while (i < sum->reasons.len && strcmp(sum->reasons.items[i], reason) != 0)
        i++;
    if (i == sum->reasons.len) {
        strv_push(&sum->reasons, reason);
        sum->reason_counts = xrealloc(sum->reason_counts, (i + 1) * sizeof(*sum->reason_counts));
        sum->reason_counts[i] = 0;
    }
    sum->reason_counts[i]++;
}

static void count_line(struct sum *sum, const char *line)
{
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        const char *rest = after_prefix(line, outcome_names[i]);
        if (!rest || *rest != ' ')
            continue;
        sum->counts[i]++;
        const char *type = strchr(rest + 1, ' ');
        const char *reason = type ? strchr(type + 1, ' ') : NULL;
        if (i == OUTCOME_RUSTC && reason)
            count_reason(sum, reason + 1);
    }
}

static void write_sum(const struct sum *sum, struct buf *text)
{
    size_t total = 0;

    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        total += sum->counts[i];
    buf_addf(text,
             "%zu rustc runs: %zu split, %zu split with real rlibs (LTO), %zu libraries with "
             "hollow rlibs, %zu as rustc alone",
             total, sum->counts[OUTCOME_SPLIT], sum->counts[OUTCOME_LTO],
             sum->counts[OUTCOME_LIBRARY], sum->counts[OUTCOME_RUSTC]);
    for (size_t i = 0; i < sum->reasons.len; i++)
        buf_addf(text, "%s%zu: %s", i ? "; " : " (", sum->reason_counts[i], sum->reasons.items[i]);
    if (sum->reasons.len > 0)
        buf_add_char(text, ')');
}

int log_summary(const char *path, size_t offset, struct buf *text, struct error *err)
{
    auto_buf log = BUF_INIT;
    struct sum sum = {.reasons = STRV_INIT};

    if (fs_exists(path) && fs_read_file(path, LOG_SIZE_CAP, &log, err) < 0)
        return -1;
    for (char *at = log.data + (offset < log.len ? offset : log.len); *at;) {
        size_t len = strcspn(at, "\n");
        auto_free char *line = xstrndup(at, len);
        count_line(&sum, line);
        at += len + (at[len] == '\n');
    }
    write_sum(&sum, text);
    strv_release(&sum.reasons);
    free(sum.reason_counts);
    return 0;
}
