/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/classify.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "unit/classify_argument.h"
#include "unit/linker_word.h"
#include "unit/slot.h"

/* SYSROOT/lib/rustlib/TARGET/lib, the search directory that every line has. */
static bool take_sysroot(struct classifier *c, const char *dir)
{
    const char *rustlib = strstr(dir, "/" RUSTLIB "/");

    if (!rustlib || !has_suffix(dir, "/lib"))
        return false;
    const char *target = rustlib + strlen("/" RUSTLIB "/");
    size_t len = strcspn(target, "/");
    if (strcmp(target + len, "/lib") != 0)
        return false;
    c->sysroot = rustlib == dir ? xstrdup("/") : xstrndup(dir, (size_t)(rustlib - dir));
    c->sysroot_canonical = fs_canonical(c->sysroot);
    c->plan->target = xstrndup(target, len);
    return true;
}

static int find_sysroot(struct classifier *c, struct linker_piece *pieces, struct error *err)
{
    const struct strv *words = &c->context->link->words;
    struct linker_word_state state = {0};

    for (size_t i = words->len; i-- > 0;) {
        size_t count = 0;
        state = (struct linker_word_state){true, ROLE_SEARCH_DIR};
        if (words->items[i][0] == '-')
            state.awaits = false;
        if (linker_word_split(words->items[i], &state, pieces, &count, err) < 0)
            return -1;
        const struct linker_piece *last = &pieces[count - 1];
        auto_free char *dir = xstrndup(last->text, last->len);
        if (last->role == ROLE_SEARCH_DIR && take_sysroot(c, dir))
            return 0;
    }
    return 0;
}

/* Whether the word before the one being typed is "-l". */
static bool follows_library_option(const struct classifier *c)
{
    if (c->plan->word_count < 2)
        return false;
    const struct word *option = &c->plan->words[c->plan->word_count - 2];
    return option->count == 1 && option->parts[0].text && strcmp(option->parts[0].text, "-l") == 0;
}

static const char *const binding_words[] = {"-Bstatic", "-Wl,-Bstatic", "-Bdynamic",
                                            "-Wl,-Bdynamic"};

/* Keeps in mind whether "-lX" now stands for static libraries. */
static void note_binding(struct classifier *c, const char *word)
{
    for (size_t i = 0; i < sizeof(binding_words) / sizeof(binding_words[0]); i++)
        if (strcmp(word, binding_words[i]) == 0)
            c->binding = binding_words[i];
}

/*
 * The marker of a natives slot is a static library, so that it stands right after its crate. What
 * fills the slot isn't bound to be one: it is read as at the start of a line, and the rest of the
 * line as rustc meant it.
 */
static void add_natives_slot(struct classifier *c, const char *crate)
{
    const char *binding = c->binding && has_suffix(c->binding, "-Bstatic") ? c->binding : NULL;

    if (binding) {
        const char *other = has_prefix(binding, "-Wl,") ? "-Wl,-Bdynamic" : "-Bdynamic";
        word_add_part(c->word, PART_LITERAL, other);
        c->word = plan_add_word(c->plan);
    }
    word_add_part(c->word, PART_NATIVES_SLOT, crate);
    if (binding) {
        c->word = plan_add_word(c->plan);
        word_add_part(c->word, PART_LITERAL, binding);
    }
}

/* Makes the word a slot if it is one of cleave's marker arguments. */
static bool add_slot(struct classifier *c, const char *word)
{
    const char *library = after_prefix(word, "-l");
    const char *crate = slot_natives_crate(library ? library : word);

    if (strcmp(word, SLOT_LINK_ARGS) == 0) {
        word_add_part(c->word, PART_LINK_ARGS_SLOT, NULL);
        return true;
    }
    if (!crate || (!library && !follows_library_option(c)))
        return false;
    if (!library) {
        /* "-l NAME": the slot takes both words' place. */
        struct word *option = &c->plan->words[c->plan->word_count - 2];
        free(option->parts[0].text);
        option->count = 0;
        c->plan->word_count--;
        c->word = option;
    }
    add_natives_slot(c, strcmp(crate, c->context->slot) == 0 ? "" : crate);
    return true;
}

static void drop_last_word(struct plan *plan)
{
    struct word *word = &plan->words[--plan->word_count];

    for (size_t i = 0; i < word->count; i++)
        free(word->parts[i].text);
    free(word->parts);
}

/*
 * Old rustc names the directories of dependencies too. Those that codegen made for its wrapped
 * metadata are gone at link, and no library is in them: they are left out, with their "-L".
 */
static bool drop_private_dir(struct classifier *c, const struct linker_piece *piece, size_t index)
{
    auto_free char *text = xstrndup(piece->text, piece->len);
    auto_free char *path = path_join(c->context->cwd, text);

    if (piece->role != ROLE_SEARCH_DIR || !path_below(path, c->context->base) ||
        synthesized_has(&c->context->where, path))
        return false;
    drop_last_word(c->plan);
    if (index == 0)
        drop_last_word(c->plan);
    return true;
}

static int add_word(struct classifier *c, const char *word, struct linker_word_state *state,
                    struct linker_piece *pieces, struct error *err)
{
    size_t count = 0;

    c->word = plan_add_word(c->plan);
    c->in_wl = has_prefix(word, "-Wl,");
    note_binding(c, word);
    if (linker_word_split(word, state, pieces, &count, err) < 0)
        return -1;
    if (add_slot(c, word) || drop_private_dir(c, &pieces[count - 1], count - 1))
        return 0;
    for (size_t i = 0; i < count; i++) {
        auto_free char *text = xstrndup(pieces[i].text, pieces[i].len);
        if (classify_argument(c, text, pieces[i].role, err) < 0)
            return -1;
    }
    return 0;
}

static int add_words(struct classifier *c, struct linker_piece *pieces, struct error *err)
{
    const struct strv *words = &c->context->link->words;
    struct linker_word_state state = {0};

    for (size_t i = 0; i < words->len; i++)
        if (add_word(c, words->items[i], &state, pieces, err) < 0)
            return -1;
    if (!c->plan->output_name)
        return error_set(err, ERROR_REFUSED, "rustc ran its linker without an output (-o)");
    return 0;
}

/* Variables by which rustc and the user change what a linker writes. */
static const char *const linker_variables[] = {
    "LC_ALL",
    "VSLANG",
    "SOURCE_DATE_EPOCH",
    "ZERO_AR_DATE",
    "MACOSX_DEPLOYMENT_TARGET",
    "IPHONEOS_DEPLOYMENT_TARGET",
    "SDKROOT",
};

static void add_environment(struct classifier *c)
{
    char *const *env = c->context->link->environment.items;
    const char *path = env_get(env, "PATH");

    for (size_t i = 0; i < sizeof(linker_variables) / sizeof(linker_variables[0]); i++) {
        const char *value = env_get(env, linker_variables[i]);
        if (value)
            strv_pushf(&c->plan->environment, "%s=%s", linker_variables[i], value);
    }
    while (path && *path) {
        size_t len = strcspn(path, ":");
        auto_free char *dir = xstrndup(path, len);
        const char *in_sysroot = classify_below_sysroot(c, dir);
        if (!in_sysroot)
            break;
        /* rustc names its own sysroot, too, which Bazel's symlinks give another name. */
        if (!strv_contains(&c->plan->path_prefix, in_sysroot))
            strv_push(&c->plan->path_prefix, in_sysroot);
        path += len + (path[len] == ':');
    }
}

/* The private directory is gone at link, and its name is another each time. */
static int check_private(const struct classify_context *context, const struct plan *plan,
                         struct error *err)
{
    const char *name = path_basename(context->base);

    for (size_t i = 0; i < plan->word_count; i++)
        for (size_t j = 0; j < plan->words[i].count; j++) {
            const char *text = plan->words[i].parts[j].text;
            if (text && strstr(text, name))
                return error_set(err, ERROR_REFUSED,
                                 "the linker argument %s names codegen's private directory, and "
                                 "this cleave doesn't know what it is; compile this crate with "
                                 "rustc alone and report it with rustc's version",
                                 text);
        }
    return 0;
}

int classify_line(const struct classify_context *context, struct plan *plan, struct error *err)
{
    struct classifier c = {.context = context, .plan = plan};
    auto_free struct linker_piece *pieces = xcalloc(LINKER_PIECES_CAP, sizeof(*pieces));

    int status = find_sysroot(&c, pieces, err);
    if (status == 0)
        status = add_words(&c, pieces, err);
    if (status == 0)
        status = check_private(context, plan, err);
    if (status == 0) {
        add_environment(&c);
        if (c.sysroot)
            plan_set_path(&plan->sysroot, c.sysroot, context->cwd);
    }
    free(c.sysroot);
    free(c.sysroot_canonical);
    return status;
}
