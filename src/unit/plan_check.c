/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan_check.h"

#include <string.h>

static int check_identity(const struct plan *plan, struct error *err)
{
    const struct {
        const char *name;
        const char *value;
    } fields[] = {
        {"target", plan->target},
        {"crate name", plan->crate_name},
        {"crate type", plan->crate_type},
        {"output name", plan->output_name},
        {"linker", plan->skeleton ? "none" : plan->linker},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (!*fields[i].value)
            return error_set(err, ERROR_REFUSED, "it is incomplete: it has no %s", fields[i].name);
    return 0;
}

static int check_file(const struct plan *plan, const char *name, struct error *err)
{
    for (size_t i = 0; i < plan->file_count; i++)
        if (strcmp(plan->files[i].name, name) == 0)
            return 0;
    return error_set(err, ERROR_REFUSED,
                     "it is incomplete: it names the file %s, which isn't in its list", name);
}

static int check_part(const struct plan *plan, const struct part *part, struct error *err)
{
    bool in_sysroot = part->kind == PART_SYSROOT_FILE || part->kind == PART_RUN_PATH_SYSROOT;

    if (in_sysroot && !plan->sysroot.text)
        return error_set(err, ERROR_REFUSED, "it names a file of the sysroot, and no sysroot");
    return part->kind == PART_UNIT_FILE ? check_file(plan, part->text, err) : 0;
}

static int check_words(const struct plan *plan, struct error *err)
{
    bool has_output = false;

    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++) {
            const struct part *part = &plan->words[i].parts[j];
            if (check_part(plan, part, err) < 0)
                return -1;
            has_output = has_output || part->kind == PART_OUTPUT;
        }
    if (!has_output)
        return error_set(err, ERROR_REFUSED, "it is incomplete: no argument names the output");
    return 0;
}

static int check_skeleton(const struct plan *plan, struct error *err)
{
    if (!plan->sysroot.text)
        return error_set(err, ERROR_REFUSED, "it names a file of the sysroot, and no sysroot");
    return check_file(plan, plan->skeleton, err);
}

int plan_check(const struct plan *plan, struct error *err)
{
    if (check_identity(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->debug_files.len; i++)
        if (check_file(plan, plan->debug_files.items[i], err) < 0)
            return -1;
    return plan->skeleton ? check_skeleton(plan, err) : check_words(plan, err);
}
