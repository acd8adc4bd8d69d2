/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_env.h"

#include <ctype.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env_file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/build_script_files.h"

char *build_script_variable(const char *name)
{
    char *variable = xstrdup(name);

    for (char *at = variable; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    return variable;
}

static void set_prefixed(struct strv *env, const char *prefix, const char *name, const char *value)
{
    auto_free char *variable = build_script_variable(name);
    auto_free char *whole = xasprintf("%s%s", prefix, variable);

    env_set(env, whole, value);
}

static int keep_line(void *user, const char *line, size_t len, struct error *err)
{
    (void)err;
    buf_add(user, line, len);
    return 0;
}

static int ask_rustc(const char *rustc, char *const *words, const struct strv *env,
                     struct buf *answer, struct error *err)
{
    auto_strv argv = STRV_INIT;
    int status = 0;

    strv_push(&argv, rustc);
    strv_push_list(&argv, words);
    struct process process = {
        .argv = argv.items, .env = env->items, .on_stdout = keep_line, .user = answer};
    if (process_run(&process, &status, err) < 0)
        return -1;
    if (status != 0)
        return error_set(err, ERROR_FAILURE, "%s %s failed with status %d", rustc, words[0],
                         status);
    return 0;
}

static int find_host(const char *rustc, const struct strv *env, char **ret_host, struct error *err)
{
    auto_strv words = STRV_INIT;
    auto_buf answer = BUF_INIT;

    strv_push(&words, "-vV");
    if (ask_rustc(rustc, words.items, env, &answer, err) < 0)
        return -1;
    const char *host = strstr(answer.data, "\nhost: ");
    if (!host)
        return error_set(err, ERROR_REFUSED, "%s -vV names no host; give --host", rustc);
    host += strlen("\nhost: ");
    *ret_host = xstrndup(host, strcspn(host, "\n"));
    return 0;
}

/*
 * NAME or NAME="VALUE". As in Cargo, a name alone starts the list of its values anew: PREVIOUS is
 * the line before, for rustc sorts them.
 */
static int add_cfg(const char *line, const char *previous, struct strv *env, struct error *err)
{
    size_t len = strcspn(line, "=");
    auto_free char *name = xstrndup(line, len);
    auto_free char *variable = build_script_variable(name);
    auto_free char *whole = xasprintf("CARGO_CFG_%s", variable);
    const char *before = strcmp(previous, name) == 0 ? NULL : env_get(env->items, whole);
    const char *value = line + len;

    if (!*value) {
        env_set(env, whole, "");
        return 0;
    }
    size_t value_len = strlen(value);
    if (value_len < 3 || value[1] != '"' || value[value_len - 1] != '"')
        return error_set(err, ERROR_REFUSED, "rustc --print=cfg printed \"%.80s\"", line);
    auto_free char *joined = xasprintf("%s%s%.*s", before ? before : "", before ? "," : "",
                                       (int)value_len - 3, value + 2);
    env_set(env, whole, joined);
    return 0;
}

static void add_feature_cfg(const struct strv *features, struct strv *env)
{
    auto_strv sorted = STRV_INIT;
    auto_buf joined = BUF_INIT;

    strv_push_all(&sorted, features->items, features->len);
    strv_sort(&sorted);
    for (size_t i = 0; i < sorted.len; i++)
        buf_addf(&joined, "%s%s", i ? "," : "", sorted.items[i]);
    env_set(env, "CARGO_CFG_FEATURE", joined.data);
}

int build_script_cfg_variables(const char *text, const struct strv *features, bool is_release,
                               struct strv *env, struct error *err)
{
    auto_free char *previous = xstrdup("");

    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        auto_free char *line = xstrndup(at, len);
        if (*line && strcmp(line, "debug_assertions") != 0 && add_cfg(line, previous, env, err) < 0)
            return -1;
        at += len + (at[len] == '\n');
        free(previous);
        previous = line;
        line = NULL;
    }
    add_feature_cfg(features, env);
    if (!is_release)
        env_set(env, "CARGO_CFG_DEBUG_ASSERTIONS", "");
    return 0;
}

int build_script_version_variables(const char *version, struct strv *env, struct error *err)
{
    static const char *const names[] = {"CARGO_PKG_VERSION_MAJOR", "CARGO_PKG_VERSION_MINOR",
                                        "CARGO_PKG_VERSION_PATCH"};
    const char *at = version;

    env_set(env, "CARGO_PKG_VERSION", version);
    for (size_t i = 0; i < 3; i++) {
        size_t len = strspn(at, "0123456789");
        auto_free char *number = xstrndup(at, len);
        if (len == 0 || (i < 2 && at[len] != '.'))
            return error_set(err, ERROR_USAGE, "--package-version %s: give MAJOR.MINOR.PATCH",
                             version);
        env_set(env, names[i], number);
        at += len + (i < 2);
    }
    if (*at && *at != '-' && *at != '+')
        return error_set(err, ERROR_USAGE, "--package-version %s: give MAJOR.MINOR.PATCH", version);
    auto_free char *pre = *at == '-' ? xstrndup(at + 1, strcspn(at + 1, "+")) : xstrdup("");
    env_set(env, "CARGO_PKG_VERSION_PRE", pre);
    return 0;
}

/* What the caller has for its own Cargo, or for another script. */
static void drop_foreign(struct strv *env)
{
    static const char *const prefixes[] = {
        "CARGO_CFG_",      "CARGO_FEATURE_",    "CARGO_PKG_",
        "CARGO_MANIFEST_", "RUSTC_WRAPPER=",    "RUSTC_WORKSPACE_WRAPPER=",
        "RUSTFLAGS=",      "CARGO_CRATE_NAME=", "CARGO_PRIMARY_PACKAGE="};
    struct strv kept = STRV_INIT;

    for (size_t i = 0; i < env->len; i++) {
        bool is_foreign = false;
        for (size_t j = 0; j < sizeof(prefixes) / sizeof(prefixes[0]); j++)
            is_foreign = is_foreign || has_prefix(env->items[i], prefixes[j]);
        if (!is_foreign)
            strv_push(&kept, env->items[i]);
    }
    strv_release(env);
    *env = kept;
}

static int set_package(const struct build_script *script, const struct build_script_places *places,
                       struct strv *env, struct error *err)
{
    /* Cargo sets them all; what the manifest doesn't say is empty. */
    static const char *const names[] = {"AUTHORS", "DESCRIPTION",  "HOMEPAGE", "LICENSE",
                                        "README",  "LICENSE_FILE", "NAME",     "REPOSITORY",
                                        "VERSION", "RUST_VERSION"};
    auto_free char *manifest = path_join(places->manifest, "Cargo.toml");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        set_prefixed(env, "CARGO_PKG_", names[i], "");
    env_set(env, "CARGO_MANIFEST_DIR", places->manifest);
    env_set(env, "CARGO_MANIFEST_PATH", manifest);
    if (script->package)
        env_set(env, "CARGO_PKG_NAME", script->package);
    if (script->links)
        env_set(env, "CARGO_MANIFEST_LINKS", script->links);
    for (size_t i = 0; i < script->features.len; i++)
        set_prefixed(env, "CARGO_FEATURE_", script->features.items[i], "1");
    return build_script_version_variables(script->version ? script->version : "0.0.0", env, err);
}

static void set_profile(const struct build_script *script, bool is_release, struct strv *env)
{
    cpu_set_t cpus;
    auto_free char *jobs =
        xasprintf("%d", sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1);

    env_set(env, "PROFILE", is_release ? "release" : "debug");
    env_set(env, "OPT_LEVEL", script->opt_level ? script->opt_level : is_release ? "3" : "0");
    env_set(env, "DEBUG", script->debug ? script->debug : is_release ? "false" : "true");
    env_set(env, "NUM_JOBS", jobs);
}

/* rustc as the script can run it, whose working directory isn't ours; and rustdoc beside it. */
static char *set_rustc(const struct build_script *script, const struct build_script_places *places,
                       struct strv *env)
{
    const char *asked = getenv("RUSTC");
    const char *name = script->rustc ? script->rustc : asked && *asked ? asked : "rustc";
    char *rustc = strchr(name, '/') ? path_join(places->root, name) : xstrdup(name);
    const char *base = path_basename(rustc);
    auto_free char *rustdoc = xasprintf("%.*srustdoc", (int)(base - rustc), rustc);

    env_set(env, "RUSTC", rustc);
    if (strcmp(base, "rustc") == 0)
        env_set(env, "RUSTDOC", rustdoc);
    return rustc;
}

static void set_rustflags(const struct build_script *script,
                          const struct build_script_places *places, struct strv *env)
{
    auto_buf flags = BUF_INIT;

    for (size_t i = 0; i < script->rustflags.len; i++)
        buf_addf(&flags, "%s%s", i ? "\x1f" : "", script->rustflags.items[i]);
    if (places->relocates)
        buf_addf(&flags, "%s--remap-path-prefix=%s=.", flags.len ? "\x1f" : "", places->root);
    env_set(env, "CARGO_ENCODED_RUSTFLAGS", flags.data);
}

static int set_target(const struct build_script *script, const char *rustc, bool is_release,
                      struct strv *env, struct error *err)
{
    auto_free char *host = script->host ? xstrdup(script->host) : NULL;
    auto_strv words = STRV_INIT;
    auto_buf cfgs = BUF_INIT;

    if (!host && find_host(rustc, env, &host, err) < 0)
        return -1;
    strv_push(&words, "--print=cfg");
    if (script->target)
        strv_pushf(&words, "--target=%s", script->target);
    strv_push_all(&words, script->rustflags.items, script->rustflags.len);
    if (ask_rustc(rustc, words.items, env, &cfgs, err) < 0)
        return -1;
    /* Of a target that a file describes, the file's name. */
    auto_free char *stem = xstrdup(script->target ? path_basename(script->target) : host);
    if (has_suffix(stem, ".json"))
        stem[strlen(stem) - strlen(".json")] = '\0';
    env_set(env, "HOST", host);
    env_set(env, "TARGET", stem);
    return build_script_cfg_variables(cfgs.data, &script->features, is_release, env, err);
}

/*
 * The cc crate asks for the first of these alone that is set, or for all: so it finds the flag in
 * each of them. A root with a blank in it can't be told to compilers by a variable.
 */
static void set_c_flags(const struct build_script_places *places, struct strv *env)
{
    static const char *const names[] = {"CFLAGS", "CXXFLAGS"};
    auto_free char *flag = xasprintf("-ffile-prefix-map=%s=.", places->root);

    if (!places->relocates || strpbrk(places->root, " \t\n"))
        return;
    for (size_t i = 0; i < 2; i++) {
        auto_free char *host = xasprintf("HOST_%s", names[i]);
        auto_free char *target = xasprintf("TARGET_%s", names[i]);
        auto_free char *more = xasprintf("%s_", names[i]);
        if (!env_get(env->items, names[i]))
            env_set(env, names[i], "");
        for (size_t j = 0; j < env->len; j++) {
            char *item = env->items[j];
            auto_free char *name = xstrndup(item, strcspn(item, "="));
            if (strcmp(name, names[i]) != 0 && strcmp(name, host) != 0 &&
                strcmp(name, target) != 0 && !has_prefix(name, more))
                continue;
            const char *old = item + strlen(name) + 1;
            env->items[j] = xasprintf("%s=%s%s%s", name, old, *old ? " " : "", flag);
            free(item);
        }
    }
}

/* What others know as BUILD_SCRIPT_ROOT, this script knows by its real name. */
static void set_given(const struct build_script_places *places, const struct strv *items,
                      struct strv *env)
{
    auto_strv real = STRV_INIT;

    for (size_t i = 0; i < items->len; i++) {
        auto_buf item = BUF_INIT;
        buf_add_str(&item, items->items[i]);
        if (places->relocates)
            buf_replace(&item, BUILD_SCRIPT_ROOT, places->root);
        strv_push(&real, item.data);
    }
    env_set_items(env, &real);
}

static int set_from_files(const struct build_script *script,
                          const struct build_script_places *places, struct strv *env,
                          struct error *err)
{
    auto_strv items = STRV_INIT;

    for (size_t i = 0; i < script->deps.len; i++) {
        auto_free char *file = path_join(script->deps.items[i], BUILD_SCRIPT_DEP_ENV);
        if (env_file_read(file, &items, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < script->env_files.len; i++)
        if (env_file_read(script->env_files.items[i], &items, err) < 0)
            return -1;
    for (size_t i = 0; i < script->env.len; i++) {
        if (!env_item_is_valid(script->env.items[i]))
            return error_set(err, ERROR_USAGE, "--env %s: give NAME=VALUE", script->env.items[i]);
        strv_push(&items, script->env.items[i]);
    }
    set_given(places, &items, env);
    return 0;
}

int build_script_environment(const struct build_script *script,
                             const struct build_script_places *places, struct strv *env,
                             struct error *err)
{
    bool is_release = script->profile && strcmp(script->profile, "release") == 0;

    strv_push_list(env, environ);
    drop_foreign(env);
    auto_free char *rustc = set_rustc(script, places, env);
    set_rustflags(script, places, env);
    set_profile(script, is_release, env);
    env_set(env, "OUT_DIR", places->out_dir);
    if (set_package(script, places, env, err) < 0 ||
        set_target(script, rustc, is_release, env, err) < 0 ||
        set_from_files(script, places, env, err) < 0)
        return -1;
    set_c_flags(places, env);
    return 0;
}
