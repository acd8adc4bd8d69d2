/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "rust/crate_file.h"
#include "rust/staticlib.h"
#include "unit/classify.h"
#include "unit/dependencies.h"
#include "unit/slot.h"

#define SCRIPT_CAP (256u << 20)

static bool has_word(const struct captured_link *link, const char *word)
{
    return strv_contains(&link->words, word);
}

/* The kept file whose name on the line was NAME, as a path; NULL when there is none. */
static char *kept_named(const struct captured_link *link, const char *name)
{
    for (size_t i = 0; i + 1 < link->kept.len; i += 2)
        if (strcmp(path_basename(link->kept.items[i]), name) == 0)
            return path_join(link->unit_dir, link->kept.items[i + 1]);
    return NULL;
}

/* Only proc macros export their table of macros. */
static bool exports_macros(const struct captured_link *link)
{
    auto_free char *script = kept_named(link, "list");
    auto_buf text = BUF_INIT;
    auto_error err = ERROR_INIT;

    return script && fs_read_file(script, SCRIPT_CAP, &text, &err) == 0 &&
           strstr(text.data, "__rustc_proc_macro_decls_");
}

/* The crate type: what the command line says, and where that leaves a choice, what the line shows.
 */
static const char *crate_type_of(const struct rustc_command *command,
                                 const struct captured_link *link)
{
    if (command->test)
        return "bin";
    if (command->crate_types.len == 1)
        return command->crate_types.items[0];
    auto_free char *metadata = captured_link_metadata(link);
    if (metadata)
        return exports_macros(link) ? "proc-macro" : "dylib";
    return has_word(link, "-shared") || has_word(link, "--no-entry") ? "cdylib" : "bin";
}

/* rustc's version, out of the metadata of the first rlib of the sysroot that has it whole. */
static char *find_rustc_version(const char *lib_dir)
{
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    if (fs_list(lib_dir, &names, &err) < 0)
        return NULL;
    for (size_t i = 0; i < names.len; i++) {
        auto_crate_file file = CRATE_FILE_INIT;
        auto_free char *path = path_join(lib_dir, names.items[i]);
        char *version = NULL;
        if (!has_prefix(names.items[i], "libcore-") || crate_file_open(path, &file, &err) < 0)
            continue;
        if (crate_file_rustc_version(&file, &version, &err) == 0)
            return version;
    }
    return NULL;
}

static char *sysroot_lib_dir(const char *sysroot, const char *target)
{
    return xasprintf("%s/lib/rustlib/%s/lib", sysroot, target);
}

static int add_kept_files(const struct captured_link *link, struct plan *plan, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (fs_list(link->unit_dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (plan_add_file(plan, link->unit_dir, names.items[i], err) < 0)
            return -1;
    return 0;
}

/* The .dwo files of this run, which only debuggers read, go along with the unit. */
static int add_debug_files(const struct outputs *outputs, const struct captured_link *link,
                           struct plan *plan, struct error *err)
{
    auto_strv paths = STRV_INIT;

    if (outputs_list(outputs, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.len; i++) {
        const char *name = path_basename(paths.items[i]);
        const char *rest = after_prefix(name, outputs->stem);
        if (!rest || rest[0] != '.' || !has_suffix(name, ".dwo"))
            continue;
        auto_free char *to = path_join(link->unit_dir, name);
        if (fs_copy_file(paths.items[i], to, err) < 0)
            return -1;
        strv_push(&plan->debug_files, name);
    }
    return 0;
}

/* Old rustc, before 1.70 or so, names dylibs by -l. */
static bool is_std_dylib(const struct part *part)
{
    if (part->kind == PART_LITERAL)
        return has_prefix(part->text, "-lstd-");
    return part->kind == PART_SYSROOT_FILE && strstr(part->text, "/libstd-") &&
           !has_suffix(part->text, ".rlib");
}

/* Whether the line has a dylib, be it std's: then rustc takes any crate as one that it finds so. */
static bool links_dylibs(const struct plan *plan)
{
    for (size_t i = 0; i < plan->crate_count; i++)
        if (!has_suffix(plan->crates[i].file_name, ".rlib"))
            return true;
    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++)
            if (is_std_dylib(&plan->words[i].parts[j]))
                return true;
    return false;
}

/* Whether an --extern gives the path of the rlib, or of its metadata, which was wrapped. */
static bool is_named(const struct rustc_command *command, const char *rlib)
{
    size_t stem = strlen(rlib) - strlen(".rlib");

    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].kind != RUSTC_EXTERN)
            continue;
        const char *path = rustc_extern_of(command->options[i].value).path;
        const char *name = path ? path_basename(path) : "";
        if (strncmp(name, rlib, stem) == 0 &&
            (strcmp(name + stem, ".rlib") == 0 || strcmp(name + stem, ".rmeta") == 0))
            return true;
    }
    return false;
}

static bool prefers_dylibs(const struct rustc_command *command)
{
    const char *value = NULL;

    if (!rustc_command_find(command, RUSTC_CODEGEN, "prefer-dynamic", &value))
        return false;
    /* y, yes, on, true; or n, no, off, false */
    return !value || value[0] == 'y' || value[0] == 't' || strcmp(value, "on") == 0;
}

static void note_searched(const struct rustc_command *command, struct plan *plan)
{
    bool dylibs = prefers_dylibs(command) || links_dylibs(plan);

    for (size_t i = 0; i < plan->crate_count && dylibs; i++) {
        struct plan_crate *crate = &plan->crates[i];
        crate->searched =
            has_suffix(crate->file_name, ".rlib") && !is_named(command, crate->file_name);
    }
}

int unit_of_link(const struct unit_source *source, const struct captured_link *link,
                 struct plan *ret_plan, struct error *err)
{
    auto_plan plan = PLAN_INIT;
    auto_free char *out_dir = path_join(source->cwd, source->outputs->places[0].private_dir);
    auto_free char *slot = slot_natives_name(source->command);
    struct classify_context context = {
        .link = link,
        .where = *source->where,
        .base = source->base,
        .cwd = source->cwd,
        .out_dir = out_dir,
        .slot = slot,
    };

    if (classify_line(&context, &plan, err) < 0 ||
        add_debug_files(source->outputs, link, &plan, err) < 0 ||
        add_kept_files(link, &plan, err) < 0)
        return -1;
    note_searched(source->command, &plan);
    plan.crate_name = rustc_command_crate_name(source->command);
    plan.crate_type = xstrdup(crate_type_of(source->command, link));
    plan.linker = xstrdup(source->linker);
    if (plan.sysroot.text) {
        auto_free char *lib_dir = sysroot_lib_dir(plan.sysroot.text, plan.target);
        plan.rustc_version = find_rustc_version(lib_dir);
    }
    if (plan_save(&plan, link->unit_dir, err) < 0)
        return -1;
    *ret_plan = plan;
    plan = (struct plan)PLAN_INIT;
    return 0;
}

static int note_line(void *user, const char *line, size_t len, struct error *err)
{
    struct strv *lines = user;

    (void)err;
    strv_push_len(lines, line, len - (len > 0 && line[len - 1] == '\n'));
    return 0;
}

/* Asks rustc where its libraries are: appends its sysroot, and below that those of the target. */
static int ask_library_places(const struct unit_source *source, struct strv *places,
                              struct error *err)
{
    auto_strv argv = STRV_INIT;
    int status = 0;

    strv_push(&argv, source->rustc);
    strv_push(&argv, "--print=sysroot");
    strv_push(&argv, "--print=target-libdir");
    for (size_t i = 0; i < source->command->option_count; i++) {
        const struct rustc_option *option = &source->command->options[i];
        if (option->kind == RUSTC_TARGET || option->kind == RUSTC_SYSROOT)
            strv_push_all(&argv, source->command->words.items + option->first, option->count);
    }
    struct process process = {.argv = argv.items, .on_stdout = note_line, .user = places};
    if (process_run(&process, &status, err) < 0)
        return -1;
    if (status != 0 || places->len != 2)
        return error_set(err, ERROR_FAILURE, "%s doesn't say where its libraries are",
                         source->rustc);
    if (!path_below(places->items[1], places->items[0]))
        return error_set(err, ERROR_REFUSED,
                         "%s has its libraries in %s, outside its sysroot %s: a static library's "
                         "unit can't name them",
                         source->rustc, places->items[1], places->items[0]);
    return 0;
}

/* Names the crates whose members the skeleton's markers stand for. */
static int add_marked_crates(const struct unit_source *source, const char *skeleton,
                             struct plan *plan, struct error *err)
{
    auto_dependency_list list = DEPENDENCY_LIST_INIT;
    auto_marker_list markers = MARKER_LIST_INIT;

    if (staticlib_markers(skeleton, &markers, err) < 0 ||
        dependencies_list(source->rewrite, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < markers.len; i++) {
        const struct marker *marker = &markers.items[i];
        const char *file_name = NULL;
        char hex[DIGEST_HEX_SIZE];
        if (marker->kind == MARKER_SYSROOT)
            continue;
        for (size_t j = 0; j < list.count && !file_name; j++)
            if (digest_equal(&list.items[j].digest, &marker->digest))
                file_name = list.items[j].file_name;
        if (!file_name)
            return error_set(err, ERROR_REFUSED,
                             "the static library has a marker of a crate (metadata sha256:%s) "
                             "that no --extern or -L names",
                             digest_hex(&marker->digest, hex));
        plan_add_crate(plan, file_name, &marker->digest);
    }
    return 0;
}

/* Writes the skeleton, and what is known of the place of rustc's libraries into the plan. */
static int write_skeleton(const struct unit_source *source, const char *archive,
                          const char *skeleton, struct plan *plan, struct error *err)
{
    auto_strv places = STRV_INIT;

    if (ask_library_places(source, &places, err) < 0)
        return -1;
    const char *sysroot = places.items[0];
    const char *lib_dir = places.items[1];
    auto_free char *target_dir = path_dirname(lib_dir);
    plan->target = xstrdup(path_basename(target_dir));
    plan->rustc_version = find_rustc_version(lib_dir);
    plan_set_path(&plan->sysroot, sysroot, source->cwd);
    return staticlib_skeleton(archive, lib_dir, path_below(lib_dir, sysroot), skeleton, err);
}

int unit_of_staticlib(const struct unit_source *source, const char *archive, const char *dir,
                      struct plan *ret_plan, struct error *err)
{
    auto_plan plan = PLAN_INIT;

    plan.skeleton = xasprintf("000-%s", path_basename(archive));
    auto_free char *skeleton = path_join(dir, plan.skeleton);
    if (fs_mkdir_all(dir, err) < 0 || write_skeleton(source, archive, skeleton, &plan, err) < 0 ||
        add_marked_crates(source, skeleton, &plan, err) < 0 ||
        plan_add_file(&plan, dir, plan.skeleton, err) < 0)
        return -1;
    plan.crate_name = rustc_command_crate_name(source->command);
    plan.crate_type = xstrdup("staticlib");
    plan.output_name = xstrdup(path_basename(archive));
    if (plan_save(&plan, dir, err) < 0)
        return -1;
    *ret_plan = plan;
    plan = (struct plan)PLAN_INIT;
    return 0;
}
