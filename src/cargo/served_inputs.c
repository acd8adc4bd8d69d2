/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/served_inputs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cache.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/hollow_store.h"
#include "cargo/served_rules.h"
#include "rust/dep_info.h"

#define MEMORY_CAP (1u << 20)
#define SCRIPT_OUTPUT_CAP (64u << 20)

/* Nobody reads it: so static libraries of the machine are part of the action's key. */
#define MACHINES_LIBRARIES "CLEAVE_MACHINES_LIBRARIES"

void served_inputs_release(struct served_inputs *inputs)
{
    package_files_release(&inputs->tree);
    strv_release(&inputs->environment);
    strv_release(&inputs->extra_files);
    strv_release(&inputs->extra_names);
    free(inputs->memory);
}

/* ---- dependencies ---- */

static void add_once(struct strv *paths, const char *path)
{
    if (!strv_contains(paths, path))
        strv_push(paths, path);
}

int served_needs(const struct rustc_command *command, struct strv *paths, struct error *err)
{
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].kind != RUSTC_EXTERN)
            continue;
        struct rustc_extern dependency = rustc_extern_of(command->options[i].value);
        if (!dependency.path)
            continue;
        auto_free char *hollow = hollow_store_of(dependency.path);
        add_once(paths, hollow);
        int answer = has_suffix(hollow, ".rlib")
                         ? hollow_store_needs(dependency.path, paths, err)
                         : hollow_store_refresh_itself(dependency.path, err);
        if (answer != 0)
            return answer;
    }
    return 0;
}

/* ---- libraries of other languages ---- */

static bool is_machines(const char *dir)
{
    return has_prefix(dir, "/usr/") || has_prefix(dir, "/lib");
}

/*
 * What rustc may put into the crate. The machine's own are seen where they are: of them it is noted
 * which they are.
 */
static int add_native(const char *dir, struct package_files *files, struct buf *machines,
                      struct error *err)
{
    auto_strv names = STRV_INIT;
    struct stat st;

    if (!fs_is_dir(dir))
        return 0;
    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(dir, names.items[i]);
        if (!has_suffix(path, ".a") || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (is_machines(dir))
            buf_addf(machines, "%s %ju %jd.%09ld\n", path, (uintmax_t)st.st_size,
                     (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
        else if (!package_files_have(files, path))
            strv_push(&files->files, path);
    }
    return 0;
}

static int add_natives(const struct rustc_command *command, const char *cwd,
                       struct served_inputs *inputs, struct error *err)
{
    auto_buf machines = BUF_INIT;
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].kind != RUSTC_SEARCH)
            continue;
        struct rustc_search search = rustc_search_of(command->options[i].value);
        auto_free char *dir = path_join(cwd, search.path);
        if (strcmp(search.kind, "dependency") != 0 &&
            add_native(dir, &inputs->tree, &machines, err) < 0)
            return -1;
    }
    if (machines.len == 0)
        return 0;
    digest_of(machines.data, machines.len, &digest);
    env_set(&inputs->environment, MACHINES_LIBRARIES, digest_hex(&digest, hex));
    return 0;
}

/* ---- what is remembered ---- */

/* Beside the caches of others, so that it outlives `cargo clean`. NULL: nothing is remembered. */
static char *memory_path(const struct served_crate *crate)
{
    const char *package = getenv("CARGO_MANIFEST_DIR");
    auto_free char *cache = cache_folder(environ);
    auto_buf key = BUF_INIT;
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    if (!cache)
        return NULL;
    buf_addf(&key, "%s\n%s\n%s\n%d", package ? package : "", crate->crate, crate->command->input,
             crate->command->test);
    digest_of(key.data, key.len, &digest);
    return xasprintf("%s/reads/%s", cache, digest_hex(&digest, hex));
}

/* "f" and a file, or "v" and a variable's name; each ends with a NUL. */
static int recall(struct served_inputs *inputs, struct error *err)
{
    auto_buf text = BUF_INIT;

    if (!inputs->memory || !fs_exists(inputs->memory))
        return 0;
    if (fs_read_file(inputs->memory, MEMORY_CAP, &text, err) < 0)
        return -1;
    for (const char *at = text.data; at < text.data + text.len; at += strlen(at) + 1)
        if (*at)
            strv_push(*at == 'f' ? &inputs->extra_files : &inputs->extra_names, at + 1);
    return 0;
}

static int remember(const struct served_inputs *inputs, struct error *err)
{
    auto_buf text = BUF_INIT;

    if (!inputs->memory)
        return 0;
    auto_free char *dir = path_dirname(inputs->memory);
    for (size_t i = 0; i < inputs->extra_files.len; i++) {
        buf_addf(&text, "f%s", inputs->extra_files.items[i]);
        buf_add_zeros(&text, 1);
    }
    for (size_t i = 0; i < inputs->extra_names.len; i++) {
        buf_addf(&text, "v%s", inputs->extra_names.items[i]);
        buf_add_zeros(&text, 1);
    }
    if (fs_mkdir_all(dir, err) < 0)
        return -1;
    return fs_write_file(inputs->memory, text.data, text.len, err);
}

/* ---- all of it ---- */

/* Those that the package's build script has set: Cargo keeps what it printed beside OUT_DIR. */
static int add_script_variables(struct served_inputs *inputs, struct error *err)
{
    static const char *const spellings[] = {"cargo:rustc-env=", "cargo::rustc-env="};
    const char *out_dir = getenv("OUT_DIR");
    auto_free char *dir = out_dir ? path_dirname(out_dir) : NULL;
    auto_free char *output = dir ? path_join(dir, "output") : NULL;
    auto_buf text = BUF_INIT;

    if (!output || !fs_is_file(output))
        return 0;
    if (fs_read_file(output, SCRIPT_OUTPUT_CAP, &text, err) < 0)
        return -1;
    for (const char *at = text.data; *at; at += strcspn(at, "\n"), at += *at == '\n')
        for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
            const char *name = after_prefix(at, spellings[i]);
            auto_free char *plain = name ? xstrndup(name, strcspn(name, "=\n")) : NULL;
            if (plain && getenv(plain))
                env_set(&inputs->environment, plain, getenv(plain));
        }
    return 0;
}

static int add_environment(struct served_inputs *inputs, struct error *err)
{
    strv_push(&inputs->environment, "PATH=/usr/bin:/bin");
    for (char **variable = environ; *variable; variable++)
        if (served_sends(*variable))
            strv_push(&inputs->environment, *variable);
    for (size_t i = 0; i < inputs->extra_names.len; i++) {
        const char *name = inputs->extra_names.items[i];
        const char *value = getenv(name);
        if (value)
            env_set(&inputs->environment, name, value);
    }
    return add_script_variables(inputs, err);
}

static int add_package(const struct served_crate *crate, const char *cwd,
                       struct package_files *files, struct error *err)
{
    const char *package = getenv("CARGO_MANIFEST_DIR");
    const char *out_dir = getenv("OUT_DIR");
    auto_free char *input = path_join(cwd, crate->command->input);

    if (package && package_files_list(package, files, err) < 0)
        return -1;
    if (out_dir && package_files_list_all(out_dir, files, err) < 0)
        return -1;
    if (package_files_follow(files, err) < 0)
        return -1;
    auto_free char *plain = path_clean(input);
    if (!package_files_have(files, plain))
        strv_push(&files->files, plain);
    return 0;
}

int served_inputs_collect(const struct served_crate *crate, const char *cwd,
                          struct served_inputs *ret_inputs, struct error *err)
{
    struct served_inputs *inputs = ret_inputs;

    inputs->memory = memory_path(crate);
    if (recall(inputs, err) < 0 || add_package(crate, cwd, &inputs->tree, err) < 0 ||
        add_natives(crate->command, cwd, inputs, err) < 0)
        return -1;
    for (size_t i = 0; i < inputs->extra_files.len; i++)
        if (fs_is_file(inputs->extra_files.items[i]) &&
            !package_files_have(&inputs->tree, inputs->extra_files.items[i]))
            strv_push(&inputs->tree.files, inputs->extra_files.items[i]);
    if (add_environment(inputs, err) < 0)
        return -1;
    return served_needs(crate->command, &inputs->tree.files, err);
}

/* What isn't here a macro has written there: it is to be written here, where Cargo looks for it. */
static int learn_file(struct served_inputs *inputs, const char *spelled, const char *cwd,
                      struct error *err)
{
    auto_free char *joined = path_join(cwd, spelled);
    auto_free char *path = strstr(joined, "/../") ? fs_canonical(joined) : path_clean(joined);

    if (!fs_exists(path))
        return error_set(err, ERROR_REFUSED, "rustc has read %s in the sandbox, and it isn't here",
                         path);
    if (package_files_have(&inputs->tree, path) || !fs_is_file(path))
        return 0;
    strv_push(&inputs->tree.files, path);
    strv_push(&inputs->extra_files, path);
    return 1;
}

static int learn_name(struct served_inputs *inputs, const char *name)
{
    const char *value = getenv(name);
    const char *sent = env_get(inputs->environment.items, name);

    if (!value || (sent && strcmp(sent, value) == 0))
        return 0;
    env_set(&inputs->environment, name, value);
    strv_push(&inputs->extra_names, name);
    return 1;
}

int served_inputs_learn(struct served_inputs *inputs, const char *dep_info, const char *cwd,
                        struct error *err)
{
    auto_strv files = STRV_INIT;
    auto_strv names = STRV_INIT;
    int count = 0;

    if (dep_info_reads(dep_info, &files, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < files.len; i++) {
        int answer = learn_file(inputs, files.items[i], cwd, err);
        if (answer < 0)
            return -1;
        count += answer;
    }
    for (size_t i = 0; i < names.len; i++)
        count += learn_name(inputs, names.items[i]);
    return count > 0 && remember(inputs, err) < 0 ? -1 : count;
}
