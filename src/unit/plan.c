/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

static void part_release(struct part *part)
{
    free(part->text);
}

void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->word_count; i++) {
        for (size_t j = 0; j < plan->words[i].count; j++)
            part_release(&plan->words[i].parts[j]);
        free(plan->words[i].parts);
    }
    for (size_t i = 0; i < plan->crate_count; i++)
        free(plan->crates[i].file_name);
    for (size_t i = 0; i < plan->file_count; i++)
        free(plan->files[i].name);
    free(plan->words);
    free(plan->crates);
    free(plan->files);
    free(plan->rustc_version);
    free(plan->target);
    free(plan->crate_name);
    free(plan->crate_type);
    free(plan->output_name);
    free(plan->linker);
    free(plan->skeleton);
    part_release(&plan->sysroot);
    strv_release(&plan->environment);
    strv_release(&plan->path_prefix);
    strv_release(&plan->debug_files);
    *plan = (struct plan)PLAN_INIT;
}

/* One more item at the end of an array whose capacity is the next power of two. */
static void *grow(void *items, size_t count, size_t item_size)
{
    if (count & (count - 1))
        return items;
    return xrealloc(items, (count ? 2 * count : 1) * item_size);
}

struct word *plan_add_word(struct plan *plan)
{
    plan->words = grow(plan->words, plan->word_count, sizeof(*plan->words));
    struct word *word = &plan->words[plan->word_count++];
    *word = (struct word){NULL, 0};
    return word;
}

/* Literal text right behind literal text is one part. */
static struct part *extend_literal(struct word *word, const char *text)
{
    struct part *last = word->count > 0 ? &word->parts[word->count - 1] : NULL;

    if (!last || last->kind != PART_LITERAL || !last->text)
        return NULL;
    char *joined = xasprintf("%s%s", last->text, text);
    free(last->text);
    last->text = joined;
    return last;
}

struct part *word_add_part(struct word *word, enum part_kind kind, const char *text)
{
    struct part *extended = kind == PART_LITERAL && text ? extend_literal(word, text) : NULL;

    if (extended)
        return extended;
    word->parts = grow(word->parts, word->count, sizeof(*word->parts));
    struct part *part = &word->parts[word->count++];
    *part = (struct part){.kind = kind, .text = text ? xstrdup(text) : NULL};
    return part;
}

void plan_set_path(struct part *part, const char *path, const char *cwd)
{
    const char *below = path[0] == '/' ? path_below(path, cwd) : NULL;

    part->kind = PART_PATH;
    part->was_absolute = below != NULL;
    part->outside = path[0] == '/' && !below;
    free(part->text);
    part->text = xstrdup(below ? below : path);
}

size_t plan_add_crate(struct plan *plan, const char *file_name, const struct digest *digest)
{
    for (size_t i = 0; i < plan->crate_count; i++)
        if (strcmp(plan->crates[i].file_name, file_name) == 0 &&
            digest_equal(&plan->crates[i].digest, digest))
            return i;
    plan->crates = grow(plan->crates, plan->crate_count, sizeof(*plan->crates));
    plan->crates[plan->crate_count] = (struct plan_crate){xstrdup(file_name), *digest, false};
    return plan->crate_count++;
}

struct plan_file *plan_add_entry(struct plan *plan, const char *name)
{
    plan->files = grow(plan->files, plan->file_count, sizeof(*plan->files));
    struct plan_file *file = &plan->files[plan->file_count++];
    *file = (struct plan_file){.name = xstrdup(name)};
    return file;
}

static int add_dir(struct plan *plan, const char *unit, const char *name, struct error *err)
{
    auto_strv names = STRV_INIT;
    auto_free char *dir = path_join(unit, name);

    if (fs_list(dir, &names, err) < 0)
        return -1;
    plan_add_entry(plan, name)->is_dir = true;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *below = path_join(name, names.items[i]);
        if (plan_add_file(plan, unit, below, err) < 0)
            return -1;
    }
    return 0;
}

int plan_add_file(struct plan *plan, const char *unit, const char *name, struct error *err)
{
    auto_free char *path = path_join(unit, name);
    auto_mapping mapping = MAPPING_INIT;

    if (fs_is_dir(path))
        return add_dir(plan, unit, name, err);
    if (mapping_open(path, &mapping, err) < 0)
        return -1;
    struct plan_file *file = plan_add_entry(plan, name);
    file->size = mapping.len;
    digest_of(mapping.data, mapping.len, &file->digest);
    return 0;
}

bool plan_is_relocatable(const struct plan *plan)
{
    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++)
            if (plan->words[i].parts[j].outside)
                return false;
    return true;
}
