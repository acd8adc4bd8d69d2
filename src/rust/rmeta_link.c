/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rmeta_link.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "rust/crate_member.h"
#include "rust/object.h"
#include "rust/span.h"

#define SECTION ".rmeta-link"

/* rustc: MAGIC_END_BYTES and STR_SENTINEL; compiler/rustc_serialize/src/opaque.rs. */
#define END "rust-end-file"
#define END_LEN 13
#define STRING_END 0xc1

void rmeta_link_release(struct rmeta_link *link)
{
    strv_release(&link->bundled);
    *link = (struct rmeta_link)RMETA_LINK_INIT;
}

static bool take_string(struct span *rest, struct span *ret_string)
{
    unsigned char end;

    return span_take_span(rest, ret_string) && span_take_byte(rest, &end) && end == STRING_END &&
           !memchr(ret_string->data, '\0', ret_string->len);
}

/* The members that rustc compiled: nobody's concern here. */
static bool skip_strings(struct span *rest)
{
    struct span string;
    size_t count;

    if (!span_take_number(rest, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!take_string(rest, &string))
            return false;
    }
    return true;
}

/* A list of strings that may be missing: before each is a byte, 1 or else 0. */
static bool take_optional_strings(struct span *rest, struct strv *strings)
{
    struct span string;
    unsigned char is_there;
    size_t count;

    if (!span_take_number(rest, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!span_take_byte(rest, &is_there) || is_there > 1 ||
            (is_there && !take_string(rest, &string)))
            return false;
        if (is_there)
            strv_pushf(strings, "%.*s", (int)string.len, (const char *)string.data);
    }
    return true;
}

static bool is_end(const struct span *rest)
{
    return rest->len == END_LEN && memcmp(rest->data, END, END_LEN) == 0;
}

static bool parse_lists(struct span rest, struct rmeta_link *link)
{
    if (!skip_strings(&rest))
        return false;
    if (is_end(&rest))
        return true;
    link->names_bundled = true;
    return take_optional_strings(&rest, &link->bundled) && is_end(&rest);
}

int rmeta_link_parse(const unsigned char *data, size_t len, struct rmeta_link *ret_link,
                     struct error *err)
{
    auto_rmeta_link link = RMETA_LINK_INIT;
    struct span lists = {data, len};
    int status = object_section(data, len, SECTION, &lists.data, &lists.len, err);

    if (status < 0)
        return error_prefix(err, "its member " METADATA_LINK_MEMBER);
    if (status > 0 || !parse_lists(lists, &link))
        return error_set(err, ERROR_REFUSED,
                         "its member " METADATA_LINK_MEMBER " isn't of a form that cleave knows: "
                         "is its rustc newer than this cleave?");
    *ret_link = link;
    link = (struct rmeta_link)RMETA_LINK_INIT;
    return 0;
}

/* A further member of rustc's own might say anything. */
static int check_members(const struct ar *rlib, struct error *err)
{
    for (size_t i = 0; i < rlib->member_count; i++) {
        const char *name = rlib->members[i].name;
        if (!has_prefix(name, METADATA_MEMBER) || strcmp(name, METADATA_MEMBER) == 0 ||
            strcmp(name, METADATA_LINK_MEMBER) == 0)
            continue;
        return error_set(err, ERROR_REFUSED,
                         "cleave doesn't know what its member %s is: is its rustc newer than this "
                         "cleave?",
                         name);
    }
    return 0;
}

static int check_bundled(const struct ar *rlib, const struct rmeta_link *link, struct error *err)
{
    for (size_t i = 0; i < link->bundled.len; i++) {
        const struct ar_member *member = ar_find(rlib, link->bundled.items[i]);
        if (!member || crate_member_kind(member) != CRATE_MEMBER_BUNDLED)
            return error_set(err, ERROR_REFUSED,
                             "its member " METADATA_LINK_MEMBER " names the bundled library %s, "
                             "which isn't in it in a form that cleave knows",
                             link->bundled.items[i]);
    }
    for (size_t i = 0; i < rlib->member_count; i++) {
        const struct ar_member *member = &rlib->members[i];
        if (crate_member_kind(member) == CRATE_MEMBER_BUNDLED &&
            !strv_contains(&link->bundled, member->name))
            return error_set(err, ERROR_REFUSED,
                             "its member " METADATA_LINK_MEMBER " doesn't name %s, a library that "
                             "is bundled in it",
                             member->name);
    }
    return 0;
}

int rmeta_link_find(const struct ar *rlib, const struct ar_member **ret_member, struct error *err)
{
    auto_rmeta_link link = RMETA_LINK_INIT;
    const struct ar_member *member = ar_find(rlib, METADATA_LINK_MEMBER);

    if (check_members(rlib, err) < 0)
        return -1;
    if (!member)
        return 1;
    if (rmeta_link_parse(member->data, member->len, &link, err) < 0)
        return -1;
    if (!link.names_bundled)
        return 1;
    if (check_bundled(rlib, &link, err) < 0)
        return -1;
    if (link.bundled.len == 0)
        return 1;
    *ret_member = member;
    return 0;
}
