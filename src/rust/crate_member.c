/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/crate_member.h"

#include <string.h>

#include "rust/marker.h"
#include "rust/object.h"

/* An object that can't be read is code: what is wrong with it is the linker's to say. */
static bool holds_library(const unsigned char *data, size_t len)
{
    auto_error err = ERROR_INIT;
    const unsigned char *library;
    size_t library_len;

    return object_section(data, len, BUNDLED_SECTION, &library, &library_len, &err) == 0;
}

static bool is_bundled(const struct ar_member *member)
{
    /* Most objects define something, and then there is no need to look into them. */
    return member->symbol_count == 0 && holds_library(member->data, member->len);
}

/* rustc's own objects, by which it knows them too; they may have thousands of sections. */
#define RUSTC_OBJECT ".rcgu.o"

bool crate_entry_is_bundled(const struct ar_entry *entry)
{
    size_t len = sizeof(RUSTC_OBJECT) - 1;

    if (entry->name_len >= len &&
        memcmp(entry->name + entry->name_len - len, RUSTC_OBJECT, len) == 0)
        return false;
    return holds_library(entry->data, entry->len);
}

enum crate_member_kind crate_member_kind(const struct ar_member *member)
{
    if (strcmp(member->name, METADATA_MEMBER) == 0 ||
        strcmp(member->name, METADATA_LINK_MEMBER) == 0)
        return CRATE_MEMBER_METADATA;
    if (strcmp(member->name, MARKER_MEMBER) == 0)
        return CRATE_MEMBER_MARKER;
    return is_bundled(member) ? CRATE_MEMBER_BUNDLED : CRATE_MEMBER_CODE;
}

int crate_bundled_library(const struct ar *ar, const char *name, const unsigned char **ret_data,
                          size_t *ret_len, struct error *err)
{
    const struct ar_member *member = ar_find(ar, name);

    if (!member || crate_member_kind(member) != CRATE_MEMBER_BUNDLED)
        return error_set(err, ERROR_REFUSED, "no library %s is bundled in it", name);
    return object_section(member->data, member->len, BUNDLED_SECTION, ret_data, ret_len, err);
}
