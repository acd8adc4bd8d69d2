/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <string.h>

#include "base/buf.h"
#include "base/memory.h"

const char *path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *path_dirname(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return xstrdup(".");
    if (slash == path)
        return xstrdup("/");
    return xstrndup(path, (size_t)(slash - path));
}

char *path_join(const char *dir, const char *name)
{
    if (name[0] == '/' || dir[0] == '\0' || strcmp(dir, ".") == 0)
        return xstrdup(name);
    return xasprintf("%s%s%s", dir, path_separator(dir), name);
}

const char *path_separator(const char *dir)
{
    return dir[0] == '\0' || has_suffix(dir, "/") ? "" : "/";
}

char *path_clean(const char *path)
{
    auto_buf out = BUF_INIT;
    const char *at = path;

    if (*at == '/')
        buf_add_char(&out, '/');
    while (*at) {
        size_t len = strcspn(at, "/");
        if (len > 0 && !(len == 1 && *at == '.')) {
            if (out.len > 0 && out.data[out.len - 1] != '/')
                buf_add_char(&out, '/');
            buf_add(&out, at, len);
        }
        at += len;
        if (*at)
            at++;
    }
    if (out.len == 0)
        buf_add_char(&out, '.');
    return buf_detach(&out);
}

const char *path_below(const char *path, const char *dir)
{
    const char *rest = after_prefix(path, dir);

    if (!rest)
        return NULL;
    if (*rest == '\0')
        return rest;
    if (*rest != '/' && !has_suffix(dir, "/"))
        return NULL;
    return rest + strspn(rest, "/");
}

bool path_is_inside(const char *path)
{
    if (path[0] == '\0' || path[0] == '/')
        return false;
    for (const char *at = path; *at;) {
        size_t len = strcspn(at, "/");
        if (len == 2 && at[0] == '.' && at[1] == '.')
            return false;
        at += len;
        if (*at)
            at++;
    }
    return true;
}

bool has_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool has_suffix(const char *s, const char *suffix)
{
    size_t s_len = strlen(s);
    size_t suffix_len = strlen(suffix);

    return s_len >= suffix_len && memcmp(s + s_len - suffix_len, suffix, suffix_len) == 0;
}

const char *after_prefix(const char *s, const char *prefix)
{
    return has_prefix(s, prefix) ? s + strlen(prefix) : NULL;
}

char *path_relative(const char *from, const char *to)
{
    auto_buf path = BUF_INIT;
    size_t common = 0;

    for (size_t i = 0;; i++) {
        bool ends = (from[i] == '/' || !from[i]) && (to[i] == '/' || !to[i]);
        if (ends)
            common = i;
        if (from[i] != to[i] || !from[i])
            break;
    }
    for (const char *at = from + common; *at; at += strcspn(at, "/")) {
        at += *at == '/';
        if (*at)
            buf_addf(&path, "../");
    }
    const char *rest = to + common + (to[common] == '/');
    buf_addf(&path, "%s", rest);
    return buf_detach(&path);
}
