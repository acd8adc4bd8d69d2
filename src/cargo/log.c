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
    [OUTCOME_SPLIT] = "split", [OUTCOME_LTO] = "lto", [OUTCOME_LIBRARY] = "library",
    [OUTCOME_RUSTC] = "rustc", [OUTCOME_HIT] = "hit", [OUTCOME_RAN] = "ran",
    [OUTCOME_HERE] = "here",
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

struct reasons {
    struct strv texts; /* each once */
    size_t *counts;
};

struct sum {
    size_t counts[OUTCOME_COUNT];
    struct reasons reasons[OUTCOME_COUNT];
};

static void count_reason(struct reasons *reasons, const char *reason)
{
    size_t i = 0;

    while (i < reasons->texts.len && strcmp(reasons->texts.items[i], reason) != 0)
        i++;
    if (i == reasons->texts.len) {
        strv_push(&reasons->texts, reason);
        reasons->counts = xrealloc(reasons->counts, (i + 1) * sizeof(*reasons->counts));
        reasons->counts[i] = 0;
    }
    reasons->counts[i]++;
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
        if (reason)
            count_reason(&sum->reasons[i], reason + 1);
    }
}

static void sum_init(struct sum *sum)
{
    memset(sum, 0, sizeof(*sum));
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        sum->reasons[i].texts = (struct strv)STRV_INIT;
}

static void sum_release(struct sum *sum)
{
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        strv_release(&sum->reasons[i].texts);
        free(sum->reasons[i].counts);
    }
}

static void write_reasons(const struct reasons *reasons, struct buf *text)
{
    for (size_t i = 0; i < reasons->texts.len; i++)
        buf_addf(text, "%s%zu: %s", i ? "; " : " (", reasons->counts[i], reasons->texts.items[i]);
    if (reasons->texts.len > 0)
        buf_add_char(text, ')');
}

static void write_sum(const struct sum *sum, struct buf *text)
{
    size_t total = 0;
    size_t served = 0;

    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        *(i < OUTCOME_HIT ? &total : &served) += sum->counts[i];
    buf_addf(text,
             "%zu rustc runs: %zu split, %zu split with real rlibs (LTO), %zu libraries with "
             "hollow rlibs, %zu as rustc alone",
             total, sum->counts[OUTCOME_SPLIT], sum->counts[OUTCOME_LTO],
             sum->counts[OUTCOME_LIBRARY], sum->counts[OUTCOME_RUSTC]);
    write_reasons(&sum->reasons[OUTCOME_RUSTC], text);
    if (served == 0)
        return;
    buf_addf(text, "; by cleaved: %zu from the cache, %zu run, %zu here", sum->counts[OUTCOME_HIT],
             sum->counts[OUTCOME_RAN], sum->counts[OUTCOME_HERE]);
    write_reasons(&sum->reasons[OUTCOME_HERE], text);
}

int log_summary(const char *path, size_t offset, struct buf *text, struct error *err)
{
    auto_buf log = BUF_INIT;
    struct sum sum;

    sum_init(&sum);
    if (fs_exists(path) && fs_read_file(path, LOG_SIZE_CAP, &log, err) < 0)
        return -1;
    for (char *at = log.data + (offset < log.len ? offset : log.len); *at;) {
        size_t len = strcspn(at, "\n");
        auto_free char *line = xstrndup(at, len);
        count_line(&sum, line);
        at += len + (at[len] == '\n');
    }
    write_sum(&sum, text);
    sum_release(&sum);
    return 0;
}
