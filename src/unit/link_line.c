/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "rust/ar.h"
#include "unit/linker.h"

void link_places_release(struct link_places *places)
{
    free(places->cwd);
    free(places->sysroot);
    free(places->output);
    free(places->bundled_dir);
}

/* PATH with the longest of the request's OLD=NEW applied, whose OLD it lies below. */
static char *map_path(const struct link_request *request, const char *path)
{
    const char *best = path;
    const char *to = "";
    size_t best_len = 0;

    for (size_t i = 0; i < request->maps.len; i++) {
        const char *map = request->maps.items[i];
        size_t len = strcspn(map, "=");
        auto_free char *old = xstrndup(map, len);
        const char *below = path_below(path, old);
        if (!below || len < best_len)
            continue;
        best = below;
        best_len = len;
        to = map + len + 1;
    }
    if (best == path)
        return xstrdup(path);
    return *best ? path_join(to, best) : xstrdup(to);
}

static char *render_path(const struct link_places *places, const struct part *part)
{
    if (part->outside)
        return map_path(places->request, part->text);
    if (!part->was_absolute)
        return xstrdup(part->text);
    return *part->text ? path_join(places->cwd, part->text) : xstrdup(places->cwd);
}

int link_places_find_sysroot(struct link_places *places, struct error *err)
{
    if (places->request->sysroot)
        places->sysroot = xstrdup(places->request->sysroot);
    else if (places->plan->sysroot.text)
        places->sysroot = render_path(places, &places->plan->sysroot);
    else
        return 0;
    auto_free char *rustlib = xasprintf("%s/lib/rustlib/%s", places->sysroot, places->plan->target);
    if (fs_is_dir(rustlib))
        return 0;
    return error_set(err, ERROR_FAILURE,
                     "the sysroot %s has no libraries for %s; give rustc's sysroot by --sysroot",
                     places->sysroot, places->plan->target);
}

/* Whether the rlib has the member. */
static int rlib_has_member(const char *rlib, const char *name, struct error *err)
{
    auto_mapping mapping = MAPPING_INIT;
    auto_ar ar = AR_INIT;

    if (!has_suffix(rlib, ".rlib"))
        return 0;
    if (mapping_open(rlib, &mapping, err) < 0)
        return -1;
    if (ar_parse(mapping.data, mapping.len, &ar, err) < 0)
        return error_prefix(err, "%s", rlib);
    return ar_find(&ar, name) ? 1 : 0;
}

/* The crate that bundles the member, when codegen couldn't see whose it is. */
static int find_bundling_crate(const struct link_places *places, const char *member,
                               size_t *ret_crate, struct error *err)
{
    size_t found = PLAN_NO_CRATE;

    for (size_t i = 0; i < places->crates->count; i++) {
        int has = rlib_has_member(places->crates->paths[i], member, err);
        if (has < 0)
            return -1;
        if (has && found != PLAN_NO_CRATE)
            return error_set(err, ERROR_REFUSED,
                             "%s and %s both bundle %s; run codegen against hollow rlibs made "
                             "from the rlibs, which tell them apart",
                             places->crates->paths[found], places->crates->paths[i], member);
        if (has)
            found = i;
    }
    if (found == PLAN_NO_CRATE)
        return error_set(err, ERROR_REFUSED, "no rlib of the link has the member %s", member);
    *ret_crate = found;
    return 0;
}

int link_line_bundled(const struct link_places *places, const struct part *part, char **ret_path,
                      char **ret_rlib, struct error *err)
{
    size_t crate = part->crate;

    if (crate == PLAN_NO_CRATE && find_bundling_crate(places, part->text, &crate, err) < 0)
        return -1;
    *ret_rlib = xstrdup(places->crates->paths[crate]);
    *ret_path = xasprintf("%s/%zu-%s", places->bundled_dir, crate, part->text);
    return 0;
}

/* The length of what two directories have in common, up to the end of a name. */
static size_t common_len(const char *a, const char *b)
{
    size_t common = 0;

    for (size_t i = 0;; i++) {
        if ((!a[i] || a[i] == '/') && (!b[i] || b[i] == '/'))
            common = i;
        if (!a[i] || a[i] != b[i])
            return common;
    }
}

/* The directory, links resolved; "" for the root, so that a '/' is before each name alone. */
static char *canonical_dir(const char *path)
{
    char *dir = fs_canonical(path);

    if (strcmp(dir, "/") == 0)
        dir[0] = '\0';
    return dir;
}

/* "$ORIGIN/" and the way from the output's directory to DIR, as rustc writes it. */
static char *run_path_to(const struct link_places *places, const char *dir)
{
    auto_free char *out_dir = path_dirname(places->request->output);
    auto_free char *from = canonical_dir(out_dir);
    auto_free char *to = canonical_dir(dir);
    size_t common = common_len(from, to);
    auto_buf text = BUF_INIT;

    buf_add_str(&text, "$ORIGIN");
    for (const char *at = from + common; *at; at++)
        if (*at == '/')
            buf_add_str(&text, "/..");
    buf_add_str(&text, to + common);
    return buf_detach(&text);
}

static int render_part(const struct link_places *places, const struct part *part, struct buf *text,
                       struct error *err)
{
    auto_free char *path = NULL;
    auto_free char *from = NULL;

    switch (part->kind) {
    case PART_LITERAL:
        path = xstrdup(part->text);
        break;
    case PART_UNIT_FILE:
        path = path_join(places->request->unit, part->text);
        break;
    case PART_CRATE:
        path = xstrdup(places->crates->paths[part->crate]);
        break;
    case PART_SYSROOT_FILE:
        path = path_join(places->sysroot, part->text);
        break;
    case PART_BUNDLED:
        if (link_line_bundled(places, part, &path, &from, err) < 0)
            return -1;
        break;
    case PART_PATH:
        path = render_path(places, part);
        break;
    case PART_OUTPUT:
        path = xstrdup(places->output);
        break;
    case PART_FURTHER_OUTPUT:
        from = path_dirname(places->output);
        path = path_join(from, part->text);
        break;
    case PART_RUN_PATH_CRATE:
        from = path_dirname(places->crates->paths[part->crate]);
        path = run_path_to(places, from);
        break;
    case PART_RUN_PATH_SYSROOT:
        from = path_join(places->sysroot, part->text);
        path = run_path_to(places, from);
        break;
    case PART_NATIVES_SLOT:
    case PART_LINK_ARGS_SLOT:
        return error_set(err, ERROR_REFUSED, "the plan has a slot inside a word");
    }
    buf_add_str(text, path);
    return 0;
}

/* Appends the ARGs of the request's "CRATE=ARG" for this crate. */
static void fill_from(const struct strv *list, const char *crate, struct strv *argv)
{
    for (size_t i = 0; i < list->len; i++) {
        const char *arg = after_prefix(list->items[i], crate);
        if (arg && *arg == '=')
            strv_push(argv, arg + 1);
    }
}

static void fill_slot(const struct link_places *places, const struct part *slot, struct strv *argv)
{
    const struct link_request *request = places->request;

    if (slot->kind == PART_LINK_ARGS_SLOT) {
        strv_push_all(argv, request->link_args.items, request->link_args.len);
        return;
    }
    if (*slot->text)
        fill_from(&request->natives_of, slot->text, argv);
    else
        strv_push_all(argv, request->natives.items, request->natives.len);
}

static bool is_slot(const struct word *word)
{
    return word->count == 1 &&
           (word->parts[0].kind == PART_NATIVES_SLOT || word->parts[0].kind == PART_LINK_ARGS_SLOT);
}

static int render_word(const struct link_places *places, const struct word *word, struct strv *argv,
                       struct error *err)
{
    auto_buf text = BUF_INIT;

    if (is_slot(word)) {
        fill_slot(places, &word->parts[0], argv);
        return 0;
    }
    for (size_t i = 0; i < word->count; i++)
        if (render_part(places, &word->parts[i], &text, err) < 0)
            return -1;
    strv_push_take(argv, buf_detach(&text));
    return 0;
}

/* Whether the unit has that slot, of the crate when it is a natives slot ("" for the linked one).
 */
static bool has_slot(const struct link_places *places, enum part_kind kind, const char *crate)
{
    for (size_t i = 0; i < places->plan->word_count; i++) {
        const struct word *word = &places->plan->words[i];
        if (is_slot(word) && word->parts[0].kind == kind &&
            (kind == PART_LINK_ARGS_SLOT || strcmp(word->parts[0].text, crate) == 0))
            return true;
    }
    return false;
}

/* What is given for a slot that the unit doesn't have would be lost. */
static int check_slots(const struct link_places *places, struct error *err)
{
    const struct link_request *request = places->request;

    if (request->natives.len > 0 && !has_slot(places, PART_NATIVES_SLOT, ""))
        return error_set(err, ERROR_USAGE,
                         "--native fills a slot that %s doesn't have; run codegen with "
                         "--slot natives",
                         request->unit);
    if (request->link_args.len > 0 && !has_slot(places, PART_LINK_ARGS_SLOT, ""))
        return error_set(
            err, ERROR_USAGE,
            "--link-arg or --build-script fills a slot that %s doesn't have; run codegen with "
            "--slot link-args",
            request->unit);
    for (size_t i = 0; i < request->natives_of.len; i++) {
        const char *item = request->natives_of.items[i];
        size_t len = strcspn(item, "=");
        if (!item[len])
            return error_set(err, ERROR_USAGE, "--native-of %s: give CRATE=ARG", item);
        auto_free char *crate = xstrndup(item, len);
        if (len == 0 || !has_slot(places, PART_NATIVES_SLOT, crate))
            return error_set(err, ERROR_USAGE,
                             "--native-of %s: %s has no natives slot of the crate %s; compile "
                             "that crate with --slot natives",
                             item, request->unit, crate);
    }
    return 0;
}

static int check_maps(const struct link_request *request, struct error *err)
{
    for (size_t i = 0; i < request->maps.len; i++)
        if (!strchr(request->maps.items[i], '='))
            return error_set(err, ERROR_USAGE, "--map %s: give OLD=NEW", request->maps.items[i]);
    return 0;
}

int link_line_render(const struct link_places *places, struct strv *argv, struct error *err)
{
    if (check_slots(places, err) < 0 || check_maps(places->request, err) < 0)
        return -1;
    strv_push(argv, places->plan->linker);
    for (size_t i = 0; i < places->plan->word_count; i++)
        if (render_word(places, &places->plan->words[i], argv, err) < 0)
            return -1;
    return places->request->linker ? linker_replace(argv, places->request->linker, err) : 0;
}

void link_line_environment(const struct link_places *places, struct strv *env)
{
    const struct plan *plan = places->plan;

    for (size_t i = 0; i < plan->environment.len; i++) {
        const char *item = plan->environment.items[i];
        size_t len = strcspn(item, "=");
        auto_free char *name = xstrndup(item, len);
        if (item[len])
            env_set(env, name, item + len + 1);
    }
    if (plan->path_prefix.len == 0 || !places->sysroot)
        return;
    auto_buf path = BUF_INIT;
    const char *old = env_get(env->items, "PATH");
    for (size_t i = 0; i < plan->path_prefix.len; i++)
        buf_addf(&path, "%s%s/%s", i ? ":" : "", places->sysroot, plan->path_prefix.items[i]);
    buf_addf(&path, ":%s", old ? old : "/usr/bin:/bin");
    env_set(env, "PATH", path.data);
}
