/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_starlark.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

#define INDENT "    "

/* Attributes that buildifier puts first (below 0) or last; the others stand between, by name. */
static const struct {
    const char *name;
    int priority;
} priorities[] = {
    {"name", -4}, {"size", -3}, {"timeout", -2}, {"srcs", -1}, {"deps", 1},
};

void starlark_glob_release(struct starlark_glob *glob)
{
    strv_release(&glob->include);
    strv_release(&glob->exclude);
    strv_release(&glob->extra);
}

void starlark_rule_release(struct starlark_rule *rule)
{
    for (size_t i = 0; i < rule->len; i++)
        free(rule->attributes[i].value);
    free(rule->attributes);
    *rule = (struct starlark_rule){0};
}

static void take(struct starlark_rule *rule, const char *name, struct buf *value)
{
    for (size_t i = 0; i < rule->len; i++)
        assert(strcmp(rule->attributes[i].name, name) != 0);
    grow_for_one(rule->attributes, rule->len, rule->cap);
    rule->attributes[rule->len++] = (struct starlark_attribute){name, buf_detach(value)};
}

void starlark_quote(struct buf *buf, const char *text)
{
    static const char plain[] = "\"\\\n\r\t";
    static const char letters[] = "\"\\nrt";

    buf_add_char(buf, '"');
    for (; *text; text++) {
        const char *hit = strchr(plain, *text);
        if (hit)
            buf_addf(buf, "\\%c", letters[hit - plain]);
        else if ((unsigned char)*text < 0x20)
            buf_addf(buf, "\\%03o", (unsigned)*text);
        else
            buf_add_char(buf, *text);
    }
    buf_add_char(buf, '"');
}

void starlark_string(struct starlark_rule *rule, const char *name, const char *value)
{
    auto_buf text = BUF_INIT;

    starlark_quote(&text, value);
    take(rule, name, &text);
}

void starlark_false(struct starlark_rule *rule, const char *name)
{
    auto_buf text = BUF_INIT;

    buf_add_str(&text, "False");
    take(rule, name, &text);
}

/* One item stays on its line; more have a line each. */
static void add_list(struct buf *text, const struct strv *items, const char *indent)
{
    buf_add_char(text, '[');
    for (size_t i = 0; i < items->len; i++) {
        if (items->len > 1)
            buf_addf(text, "\n%s" INDENT, indent);
        starlark_quote(text, items->items[i]);
        if (items->len > 1)
            buf_add_char(text, ',');
    }
    if (items->len > 1)
        buf_addf(text, "\n%s", indent);
    buf_add_char(text, ']');
}

void starlark_list(struct starlark_rule *rule, const char *name, const struct strv *items)
{
    auto_buf text = BUF_INIT;

    if (items->len == 0)
        return;
    add_list(&text, items, INDENT);
    take(rule, name, &text);
}

/* buildifier's order of labels: ":x", then "//x", then "@x", each by parts between '.' and ':'. */
static int phase(const char *label)
{
    if (label[0] == ':')
        return 1;
    if (has_prefix(label, "//"))
        return 2;
    return label[0] == '@' ? 3 : 0;
}

static int compare_labels(const void *left, const void *right)
{
    const char *a = *(char *const *)left;
    const char *b = *(char *const *)right;
    const char *whole_a = a, *whole_b = b;

    if (phase(a) != phase(b))
        return phase(a) - phase(b);
    for (;;) {
        size_t a_len = strcspn(a, ".:"), b_len = strcspn(b, ".:");
        int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
        if (order == 0 && a_len != b_len)
            order = a_len < b_len ? -1 : 1;
        if (order != 0)
            return order;
        a += a_len;
        b += b_len;
        if (!*a || !*b)
            return *a ? 1 : *b ? -1 : strcmp(whole_a, whole_b);
        a++;
        b++;
    }
}

static void copy_sorted(const struct strv *labels, struct strv *sorted)
{
    auto_strv all = STRV_INIT;

    strv_push_list(&all, labels->items);
    qsort(all.items, all.len, sizeof(*all.items), compare_labels);
    for (size_t i = 0; i < all.len; i++)
        if (i == 0 || strcmp(all.items[i], all.items[i - 1]) != 0)
            strv_push(sorted, all.items[i]);
}

void starlark_labels(struct starlark_rule *rule, const char *name, const struct strv *labels)
{
    auto_strv sorted = STRV_INIT;

    copy_sorted(labels, &sorted);
    starlark_list(rule, name, &sorted);
}

void starlark_dict(struct starlark_rule *rule, const char *name, const struct strv *pairs)
{
    auto_buf text = BUF_INIT;
    auto_strv sorted = STRV_INIT;

    if (pairs->len == 0)
        return;
    strv_push_list(&sorted, pairs->items);
    strv_sort(&sorted);
    buf_add_char(&text, '{');
    for (size_t i = 0; i < sorted.len; i++) {
        const char *equals = strchr(sorted.items[i], '=');
        assert(equals);
        auto_free char *key = xstrndup(sorted.items[i], (size_t)(equals - sorted.items[i]));
        buf_add_str(&text, sorted.len > 1 ? "\n" INDENT INDENT : "");
        starlark_quote(&text, key);
        buf_add_str(&text, ": ");
        starlark_quote(&text, equals + 1);
        buf_add_str(&text, sorted.len > 1 ? "," : "");
    }
    buf_add_str(&text, sorted.len > 1 ? "\n" INDENT "}" : "}");
    take(rule, name, &text);
}

void starlark_globbed(struct starlark_rule *rule, const char *name,
                      const struct starlark_glob *glob)
{
    auto_buf text = BUF_INIT;
    auto_strv exclude = STRV_INIT;
    auto_strv extra = STRV_INIT;

    copy_sorted(&glob->exclude, &exclude);
    copy_sorted(&glob->extra, &extra);
    buf_add_str(&text, "glob(");
    if (exclude.len == 0 && !glob->may_be_empty) {
        add_list(&text, &glob->include, INDENT);
        buf_add_char(&text, ')');
    } else {
        buf_add_str(&text, "\n" INDENT INDENT);
        add_list(&text, &glob->include, INDENT INDENT);
        if (glob->may_be_empty)
            buf_add_str(&text, ",\n" INDENT INDENT "allow_empty = True");
        if (exclude.len > 0) {
            buf_add_str(&text, ",\n" INDENT INDENT "exclude = ");
            add_list(&text, &exclude, INDENT INDENT);
        }
        buf_add_str(&text, ",\n" INDENT ")");
    }
    if (extra.len > 0) {
        buf_add_str(&text, " + ");
        add_list(&text, &extra, INDENT);
    }
    take(rule, name, &text);
}

static int priority(const char *name)
{
    for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++)
        if (strcmp(name, priorities[i].name) == 0)
            return priorities[i].priority;
    return 0;
}

static int compare_attributes(const void *left, const void *right)
{
    const struct starlark_attribute *a = left;
    const struct starlark_attribute *b = right;
    int order = priority(a->name) - priority(b->name);

    return order ? order : strcmp(a->name, b->name);
}

void starlark_rule_write(struct starlark_rule *rule, struct buf *text)
{
    qsort(rule->attributes, rule->len, sizeof(*rule->attributes), compare_attributes);
    buf_addf(text, "\n%s(\n", rule->kind);
    for (size_t i = 0; i < rule->len; i++)
        buf_addf(text, INDENT "%s = %s,\n", rule->attributes[i].name, rule->attributes[i].value);
    buf_add_str(text, ")\n");
}

void starlark_load(struct buf *text, const char *file, const struct strv *names)
{
    auto_strv sorted = STRV_INIT;

    copy_sorted(names, &sorted);
    buf_add_str(text, "load(");
    starlark_quote(text, file);
    for (size_t i = 0; i < sorted.len; i++) {
        buf_add_str(text, ", ");
        starlark_quote(text, sorted.items[i]);
    }
    buf_add_str(text, ")\n");
}
