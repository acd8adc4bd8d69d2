/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_output.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/env_file.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/rustc_command.h"

/* How much of a line a message shows. */
#define SHOWN_CAP 200
#define BLANKS " \t\r\v\f"

void build_script_output_release(struct build_script_output *output)
{
    strv_release(&output->searches);
    strv_release(&output->libs);
    strv_release(&output->cfgs);
    strv_release(&output->check_cfgs);
    strv_release(&output->env);
    strv_release(&output->link_args);
    strv_release(&output->metadata);
    strv_release(&output->warnings);
    strv_release(&output->errors);
}

/* One line, while it is read. */
struct parse {
    struct build_script_output *output;
    const char *label;
    const char *line;
};

/* Refuses the line. WHY says what is wrong with it and what to print. */
static int refuse(const struct parse *parse, const char *why, struct error *err)
{
    return error_set(err, ERROR_REFUSED, "the build script of %s printed \"%.*s\": %s",
                     parse->label, SHOWN_CAP, parse->line, why);
}

struct directive;
typedef int take_fn(const struct parse *parse, const struct directive *directive, const char *value,
                    struct error *err);

struct directive {
    const char *key;
    bool is_old; /* also as cargo:KEY=VALUE, where it is metadata otherwise */
    take_fn *take;
    size_t offset;      /* of the list in the output that it goes to */
    const char *target; /* what a link argument is for */
};

static struct strv *list_of(const struct parse *parse, const struct directive *directive)
{
    return (struct strv *)(void *)((char *)parse->output + directive->offset);
}

static int take_text(const struct parse *parse, const struct directive *directive,
                     const char *value, struct error *err)
{
    (void)err;
    strv_push(list_of(parse, directive), value);
    return 0;
}

/* What becomes one word with an option: an empty one would take the next word as its value. */
static int take_value(const struct parse *parse, const struct directive *directive,
                      const char *value, struct error *err)
{
    if (!*value)
        return refuse(parse, "its value is empty; leave the line out", err);
    return take_text(parse, directive, value, err);
}

static int take_nothing(const struct parse *parse, const struct directive *directive,
                        const char *value, struct error *err)
{
    (void)parse;
    (void)directive;
    (void)value;
    (void)err;
    return 0;
}

static int take_env(const struct parse *parse, const struct directive *directive, const char *value,
                    struct error *err)
{
    if (!env_item_is_valid(value))
        return refuse(parse, "give a variable and its value, rustc-env=NAME=VALUE", err);
    return take_text(parse, directive, value, err);
}

static int take_link_arg(const struct parse *parse, const struct directive *directive,
                         const char *value, struct error *err)
{
    (void)err;
    strv_pushf(list_of(parse, directive), "%s\t%s", directive->target, value);
    return 0;
}

static int take_link_arg_bin(const struct parse *parse, const struct directive *directive,
                             const char *value, struct error *err)
{
    size_t len = strcspn(value, "=");

    if (len == 0 || !value[len] || memchr(value, '\t', len))
        return refuse(parse, "give the program, rustc-link-arg-bin=BIN=ARG", err);
    strv_pushf(list_of(parse, directive), "bin:%.*s\t%s", (int)len, value, value + len + 1);
    return 0;
}

static int take_metadata(const struct parse *parse, const struct directive *directive,
                         const char *value, struct error *err)
{
    size_t len = strcspn(value, "=");

    if (!value[len])
        return refuse(parse, "there is no \"=\"; print cargo::metadata=KEY=VALUE", err);
    if (len == 0)
        return refuse(parse, "the key is empty; print cargo::metadata=KEY=VALUE", err);
    return take_text(parse, directive, value, err);
}

/* -L PATH and -l NAME, with or without a blank between. Paths can't have blanks in this form. */
static int take_flags(const struct parse *parse, const struct directive *directive,
                      const char *value, struct error *err)
{
    (void)directive;
    for (const char *at = value + strspn(value, BLANKS); *at; at += strspn(at, BLANKS)) {
        struct strv *list = has_prefix(at, "-l")   ? &parse->output->libs
                            : has_prefix(at, "-L") ? &parse->output->searches
                                                   : NULL;
        if (!list)
            return refuse(parse, "only -l and -L may stand in rustc-flags", err);
        at += 2;
        at += strspn(at, BLANKS);
        size_t len = strcspn(at, BLANKS);
        if (len == 0)
            return refuse(parse, "its last flag has no value", err);
        strv_push_len(list, at, len);
        at += len;
    }
    return 0;
}

#define LIST(name) offsetof(struct build_script_output, name)

static const struct directive directives[] = {
    {"rustc-link-lib", true, take_value, LIST(libs), NULL},
    {"rustc-link-search", true, take_value, LIST(searches), NULL},
    {"rustc-flags", true, take_flags, 0, NULL},
    {"rustc-cfg", true, take_value, LIST(cfgs), NULL},
    {"rustc-check-cfg", true, take_value, LIST(check_cfgs), NULL},
    {"rustc-env", true, take_env, LIST(env), NULL},
    {"rustc-link-arg", true, take_link_arg, LIST(link_args), "all"},
    {"rustc-link-arg-bins", true, take_link_arg, LIST(link_args), "bins"},
    {"rustc-link-arg-bin", true, take_link_arg_bin, LIST(link_args), NULL},
    {"rustc-link-arg-tests", true, take_link_arg, LIST(link_args), "tests"},
    {"rustc-link-arg-examples", true, take_link_arg, LIST(link_args), "examples"},
    {"rustc-link-arg-benches", true, take_link_arg, LIST(link_args), "benches"},
    {"rustc-link-arg-cdylib", true, take_link_arg, LIST(link_args), "cdylib"},
    {"rustc-cdylib-link-arg", true, take_link_arg, LIST(link_args), "cdylib"},
    {"warning", true, take_text, LIST(warnings), NULL},
    {"error", false, take_text, LIST(errors), NULL},
    {"metadata", false, take_metadata, LIST(metadata), NULL},
    {"rerun-if-changed", true, take_nothing, 0, NULL},
    {"rerun-if-env-changed", true, take_nothing, 0, NULL},
};

static const struct directive old_metadata = {"", true, take_metadata, LIST(metadata), NULL};

static const struct directive *find_directive(const char *key, size_t len)
{
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
        if (strlen(directives[i].key) == len && memcmp(directives[i].key, key, len) == 0)
            return &directives[i];
    return NULL;
}

/* The line's part behind "cargo::" or "cargo:". */
static int take_directive(const struct parse *parse, const char *data, bool is_old,
                          struct error *err)
{
    size_t len = strcspn(data, "=");
    const struct directive *directive = find_directive(data, len);

    /* An older key without "=" must not pass for metadata that was forgotten. */
    if (!data[len])
        return refuse(parse,
                      directive || !is_old ? "there is no \"=\"; print cargo::KEY=VALUE"
                                           : "there is no \"=\"; print cargo::metadata=KEY=VALUE",
                      err);
    if (is_old && (!directive || !directive->is_old))
        return take_metadata(parse, &old_metadata, data, err);
    if (!directive)
        return refuse(parse,
                      "Cargo has no such key; print cargo::metadata=KEY=VALUE for data of the "
                      "script's own",
                      err);
    return directive->take(parse, directive, data + len + 1, err);
}

static bool is_utf8(const char *text, size_t len)
{
    json_t *string = json_stringn(text, len);

    json_decref(string);
    return string != NULL;
}

static int take_line(struct parse *parse, const char *line, size_t len, struct error *err)
{
    while (len > 0 && strchr(BLANKS, *line) && *line)
        line++, len--;
    while (len > 0 && line[len - 1] && strchr(BLANKS, line[len - 1]))
        len--;
    if (len < strlen("cargo:") || memcmp(line, "cargo:", strlen("cargo:")) != 0 ||
        !is_utf8(line, len))
        return 0;
    auto_free char *copy = xstrndup(line, len);
    parse->line = copy;
    if (strlen(copy) != len)
        return refuse(parse, "a NUL byte follows", err);
    const char *data = after_prefix(copy, "cargo::");
    return data ? take_directive(parse, data, false, err)
                : take_directive(parse, after_prefix(copy, "cargo:"), true, err);
}

/* Cargo looks into what the script has built before it looks into the system. */
static void sort_searches(struct build_script_output *output, const char *out_dir)
{
    struct strv sorted = STRV_INIT;

    for (int is_outside = 0; is_outside < 2; is_outside++)
        for (size_t i = 0; i < output->searches.len; i++) {
            const char *value = output->searches.items[i];
            bool is_below = path_below(rustc_search_of(value).path, out_dir) != NULL;
            if (is_below != is_outside)
                strv_push(&sorted, value);
        }
    strv_release(&output->searches);
    output->searches = sorted;
}

int build_script_output_parse(const char *text, size_t len, const char *label, const char *out_dir,
                              struct build_script_output *ret_output, struct error *err)
{
    struct build_script_output output = BUILD_SCRIPT_OUTPUT_INIT;
    struct parse parse = {&output, label, NULL};

    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((newline ? newline : end) - text);
        if (take_line(&parse, text, line_len, err) < 0) {
            build_script_output_release(&output);
            return -1;
        }
        text += line_len + (newline ? 1 : 0);
    }
    sort_searches(&output, out_dir);
    *ret_output = output;
    return 0;
}
