/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link_bundled.h"

#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/ar.h"
#include "rust/ar_walk.h"
#include "rust/crate_member.h"

static int write_library(const struct link_places *places, const struct part *part,
                         struct error *err)
{
    auto_free char *path = NULL;
    auto_free char *rlib = NULL;
    auto_mapping mapping = MAPPING_INIT;
    auto_ar ar = AR_INIT;
    const unsigned char *library = NULL;
    size_t len = 0;

    if (link_line_bundled(places, part, &path, &rlib, err) < 0)
        return -1;
    auto_free char *dir = path_dirname(path);
    if (fs_mkdir_all(dir, err) < 0 || mapping_open(rlib, &mapping, err) < 0)
        return -1;
    if (ar_parse(mapping.data, mapping.len, &ar, err) < 0)
        return error_prefix(err, "%s", rlib);
    if (crate_bundled_library(&ar, part->text, &library, &len, err) < 0)
        return error_prefix(err, "%s", rlib);
    return fs_write_file(path, library, len, err);
}

int link_bundled_write(const struct link_places *places, struct error *err)
{
    const struct plan *plan = places->plan;

    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++) {
            const struct part *part = &plan->words[i].parts[j];
            if (part->kind == PART_BUNDLED && write_library(places, part, err) < 0)
                return -1;
        }
    return 0;
}

/*
 * Whether the part is that library of that crate. Out of a real rlib codegen has the library
 * itself, NUMBER-NAME in the unit; out of a hollow without stand-ins it doesn't see whose it is.
 */
static bool is_library(const struct part *part, size_t crate, const struct ar_entry *entry)
{
    if (part->kind == PART_UNIT_FILE) {
        const char *dash = strchr(part->text, '-');
        return dash && ar_entry_is(entry, dash + 1);
    }
    return part->kind == PART_BUNDLED && (part->crate == crate || part->crate == PLAN_NO_CRATE) &&
           ar_entry_is(entry, part->text);
}

static bool line_has(const struct plan *plan, size_t crate, const struct ar_entry *entry)
{
    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++)
            if (is_library(&plan->words[i].parts[j], crate, entry))
                return true;
    return false;
}

static int check_members(const struct plan *plan, size_t crate, const struct mapping *rlib,
                         struct error *err)
{
    struct ar_walk walk;
    struct ar_entry entry;
    int status = ar_walk_begin(&walk, rlib->data, rlib->len, err);

    while (status == 0) {
        status = ar_walk_next(&walk, &entry, err);
        if (status != 0 || !crate_entry_is_bundled(&entry) || line_has(plan, crate, &entry))
            continue;
        return error_set(err, ERROR_REFUSED,
                         "it bundles %.*s, which codegen didn't ask the linker for: the hollow "
                         "that codegen saw didn't name it; run codegen against one made from "
                         "this rlib",
                         (int)entry.name_len, entry.name);
    }
    return status < 0 ? -1 : 0;
}

static int check_crate(const struct plan *plan, size_t crate, const char *path, struct error *err)
{
    auto_mapping mapping = MAPPING_INIT;

    if (!has_suffix(path, ".rlib"))
        return 0;
    if (mapping_open(path, &mapping, err) < 0)
        return -1;
    if (check_members(plan, crate, &mapping, err) < 0)
        return error_prefix(err, "%s", path);
    return 0;
}

int link_bundled_check(const struct plan *plan, const struct link_crates *crates, struct error *err)
{
    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++) {
            const struct part *part = &plan->words[i].parts[j];
            if (part->kind == PART_CRATE &&
                check_crate(plan, part->crate, crates->paths[part->crate], err) < 0)
                return -1;
        }
    return 0;
}
