/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/doctor_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/size.h"
#include "store/store.h"

#define SPACE_LEAST (64ull << 20)
#define SPACE_WANTED (2ull << 30)
#define FILES_WANTED 100000
#define SMALL_FILE_CAP 4096

/* What is at the path, or the nearest above it that is there. Owned by caller. */
static char *nearest_there(const char *dir)
{
    char *path = xstrdup(dir);

    while (!fs_exists(path)) {
        char *above = path_dirname(path);
        free(path);
        path = above;
    }
    return path;
}

static void examine_space(const char *dir, struct findings *findings)
{
    struct statvfs fs;

    if (statvfs(dir, &fs) != 0)
        return;
    uint64_t space = (uint64_t)fs.f_bavail * fs.f_frsize;
    auto_free char *shown = size_text(space);
    if (space >= SPACE_WANTED) {
        findings_add(findings, FINDING_OK, "disk", "%s are free at %s", shown, dir);
    } else {
        findings_add(findings, space < SPACE_LEAST ? FINDING_BAD : FINDING_WARN, "disk",
                     "only %s are free at %s", shown, dir);
        findings_remedy(findings, "make room, or choose another place by --store; --store-size "
                                  "bounds what the store takes");
    }
    if (fs.f_files > 0 && fs.f_favail < FILES_WANTED) {
        findings_add(findings, FINDING_WARN, "disk", "only %llu more files can be made at %s",
                     (unsigned long long)fs.f_favail, dir);
        findings_remedy(findings, "choose a file system with more inodes by --store");
    }
    if (fs.f_flag & ST_NOEXEC) {
        findings_add(findings, FINDING_BAD, "disk", "%s is mounted noexec: no action could run",
                     dir);
        findings_remedy(findings, "choose another file system by --store");
    }
}

static void examine_new(const char *dir, const char *above, struct findings *findings)
{
    if (!fs_is_dir(above)) {
        findings_add(findings, FINDING_BAD, "store", "%s can't be made: %s is no directory", dir,
                     above);
    } else if (access(above, W_OK | X_OK) == 0) {
        findings_add(findings, FINDING_OK, "store", "%s will be made", dir);
        return;
    } else {
        findings_add(findings, FINDING_BAD, "store", "%s can't be made: %s: %s", dir, above,
                     strerror(errno));
    }
    findings_remedy(findings, "choose another place by --store");
}

static bool examine_strange(const char *dir, struct findings *findings)
{
    auto_error err = ERROR_INIT;

    if (store_check_new(dir, &err) == 0)
        return true;
    findings_add(findings, FINDING_BAD, "store", "%s isn't empty and isn't a store", dir);
    findings_remedy(findings, "choose a directory that is new or empty by --store");
    return false;
}

/* Whether it is, or may become, a store of ours. */
static bool examine_format(const char *dir, struct findings *findings)
{
    auto_error err = ERROR_INIT;
    auto_buf text = BUF_INIT;
    auto_free char *path = path_join(dir, "format");

    if (!fs_exists(path))
        return examine_strange(dir, findings);
    if (fs_read_file(path, SMALL_FILE_CAP, &text, &err) == 0 &&
        strcmp(text.data, STORE_FORMAT) == 0)
        return true;
    findings_add(findings, FINDING_BAD, "store", "%s has a format that this cleaved doesn't know",
                 dir);
    findings_remedy(findings, "use the version that made it, remove it, or choose another place by "
                              "--store");
    return false;
}

static void examine_lock(const char *dir, struct findings *findings)
{
    auto_error err = ERROR_INIT;
    auto_buf pid = BUF_INIT;
    auto_free char *path = path_join(dir, "lock");
    auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
        findings_add(findings, FINDING_OK, "store", "%s can be opened", dir);
        return;
    }
    if (fs_read_file(path, SMALL_FILE_CAP, &pid, &err) < 0)
        buf_add_str(&pid, "?");
    findings_add(findings, FINDING_OK, "store", "%s is open in process %s", dir, pid.data);
}

static void examine_there(const char *dir, struct findings *findings)
{
    struct stat st;

    if (stat(dir, &st) != 0 || st.st_uid != geteuid()) {
        findings_add(findings, FINDING_BAD, "store", "%s belongs to another user", dir);
        findings_remedy(findings, "choose a directory of your own by --store");
    } else if (access(dir, R_OK | W_OK | X_OK) != 0) {
        findings_add(findings, FINDING_BAD, "store", "%s can't be written to: %s", dir,
                     strerror(errno));
        findings_remedy(findings, "choose a place that can be written to by --store");
    } else if (examine_format(dir, findings)) {
        examine_lock(dir, findings);
    }
}

void doctor_examine_store(const char *dir, struct findings *findings)
{
    auto_free char *nearest = nearest_there(dir);

    if (strcmp(nearest, dir) == 0 && fs_is_dir(dir))
        examine_there(dir, findings);
    else
        examine_new(dir, nearest, findings);
    examine_space(nearest, findings);
}
