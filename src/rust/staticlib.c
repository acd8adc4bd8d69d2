/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/staticlib.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"
#include "rust/ar.h"
#include "rust/ar_walk.h"
#include "rust/crate_file.h"
#include "rust/crate_member.h"
#include "rust/elf.h"

/* An archive file with what lies in it. */
struct archive {
    struct mapping mapping;
    struct ar ar;
};

#define ARCHIVE_INIT                                                                               \
    {                                                                                              \
        .mapping = MAPPING_INIT, .ar = AR_INIT                                                     \
    }

static void archive_release(struct archive *archive)
{
    ar_release(&archive->ar);
    mapping_release(&archive->mapping);
}

#define auto_archive __attribute__((cleanup(archive_release))) struct archive

static int archive_open(const char *path, struct archive *archive, struct error *err)
{
    if (mapping_open(path, &archive->mapping, err) < 0)
        return -1;
    if (ar_parse(archive->mapping.data, archive->mapping.len, &archive->ar, err) < 0)
        return error_prefix(err, "%s", path);
    return 0;
}

/* A vector of archives. */
struct archives {
    struct archive *items;
    size_t len;
    size_t cap;
};

static void archives_release(struct archives *archives)
{
    for (size_t i = 0; i < archives->len; i++)
        archive_release(&archives->items[i]);
    free(archives->items);
}

#define auto_archives __attribute__((cleanup(archives_release))) struct archives

static int archives_add(struct archives *archives, const char *path, struct error *err)
{
    grow_for_one(archives->items, archives->len, archives->cap);
    archives->items[archives->len] = (struct archive)ARCHIVE_INIT;
    return archive_open(path, &archives->items[archives->len++], err);
}

/* The sysroot's rlibs, by name. */
struct sysroot {
    struct strv names;
    struct archives rlibs;
};

static void sysroot_release(struct sysroot *sysroot)
{
    strv_release(&sysroot->names);
    archives_release(&sysroot->rlibs);
}

#define auto_sysroot __attribute__((cleanup(sysroot_release))) struct sysroot

static int sysroot_open(const char *lib_dir, struct sysroot *sysroot, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (fs_list(lib_dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        if (!has_suffix(names.items[i], ".rlib"))
            continue;
        auto_free char *path = path_join(lib_dir, names.items[i]);
        if (archives_add(&sysroot->rlibs, path, err) < 0)
            return -1;
        strv_push(&sysroot->names, names.items[i]);
    }
    return 0;
}

static bool is_same(const struct ar_member *a, const struct ar_member *b)
{
    return a->len == b->len && strcmp(a->name, b->name) == 0 &&
           memcmp(a->data, b->data, a->len) == 0;
}

/*
 * How many members of AR, from FIRST on, are the code of the rlib: all of it, or 0. A rlib without
 * code has nothing to be found by.
 */
static size_t run_length(const struct ar *ar, size_t first, const struct ar *rlib)
{
    size_t at = first;

    for (size_t i = 0; i < rlib->member_count; i++) {
        if (crate_member_kind(&rlib->members[i]) != CRATE_MEMBER_CODE)
            continue;
        if (at == ar->member_count || !is_same(&ar->members[at], &rlib->members[i]))
            return 0;
        at++;
    }
    return at - first;
}

/* The run of a rlib of the sysroot that starts at FIRST: its length and the rlib, or 0. */
static size_t find_run(const struct ar *ar, size_t first, const struct sysroot *sysroot,
                       size_t *ret_rlib)
{
    for (size_t i = 0; i < sysroot->rlibs.len; i++) {
        size_t len = run_length(ar, first, &sysroot->rlibs.items[i].ar);
        if (len == 0)
            continue;
        *ret_rlib = i;
        return len;
    }
    return 0;
}

/* The objects of all the markers, in one buffer, since the archive borrows them. */
struct marker_objects {
    struct buf bytes;
    size_t *ends; /* of each rlib's marker in bytes */
};

static void marker_objects_release(struct marker_objects *objects)
{
    buf_release(&objects->bytes);
    free(objects->ends);
}

/* Makes a marker for each rlib of the sysroot. */
static void make_markers(const struct sysroot *sysroot, const char *lib_path,
                         struct marker_objects *objects)
{
    objects->ends = xcalloc(sysroot->names.len, sizeof(*objects->ends));
    for (size_t i = 0; i < sysroot->names.len; i++) {
        auto_marker marker = {.kind = MARKER_SYSROOT};
        marker.name = path_join(lib_path, sysroot->names.items[i]);
        marker_write(&marker, &objects->bytes);
        objects->ends[i] = objects->bytes.len;
    }
}

static void add_marker(struct ar *ar, const struct marker_objects *objects, size_t rlib)
{
    size_t start = rlib > 0 ? objects->ends[rlib - 1] : 0;

    ar_add_member(ar, MARKER_MEMBER, objects->bytes.data + start, objects->ends[rlib] - start);
}

int staticlib_skeleton(const char *in, const char *lib_dir, const char *lib_path, const char *out,
                       struct error *err)
{
    __attribute__((cleanup(marker_objects_release))) struct marker_objects objects = {.bytes =
                                                                                          BUF_INIT};
    auto_archive library = ARCHIVE_INIT;
    auto_sysroot sysroot = {.names = STRV_INIT};
    auto_ar skeleton = AR_INIT;
    size_t rlib;

    if (archive_open(in, &library, err) < 0 || sysroot_open(lib_dir, &sysroot, err) < 0)
        return -1;
    make_markers(&sysroot, lib_path, &objects);
    for (size_t i = 0; i < library.ar.member_count;) {
        size_t run = find_run(&library.ar, i, &sysroot, &rlib);
        if (run > 0)
            add_marker(&skeleton, &objects, rlib);
        else
            ar_add_copy(&skeleton, &library.ar, &library.ar.members[i]);
        i += run > 0 ? run : 1;
    }
    return ar_write(&skeleton, out, err);
}

/* Reads a member that is called as markers are. */
static int read_marker(const unsigned char *data, size_t len, struct marker *ret_marker,
                       struct error *err)
{
    int status = marker_read(data, len, ret_marker, err);

    if (status > 0)
        return error_set(err, ERROR_REFUSED, "its member " MARKER_MEMBER " is no marker");
    return status;
}

static int list_markers(const struct mapping *skeleton, struct marker_list *list, struct error *err)
{
    struct ar_walk walk;
    struct ar_entry entry;
    int status = ar_walk_begin(&walk, skeleton->data, skeleton->len, err);

    while (status == 0) {
        status = ar_walk_next(&walk, &entry, err);
        if (status != 0 || !ar_entry_is(&entry, MARKER_MEMBER))
            continue;
        struct marker marker = MARKER_INIT;
        if (read_marker(entry.data, entry.len, &marker, err) < 0)
            return -1;
        grow_for_one(list->items, list->len, list->cap);
        list->items[list->len++] = marker;
    }
    return status < 0 ? -1 : 0;
}

int staticlib_markers(const char *skeleton, struct marker_list *ret_list, struct error *err)
{
    auto_mapping mapping = MAPPING_INIT;
    auto_marker_list list = MARKER_LIST_INIT;

    if (mapping_open(skeleton, &mapping, err) < 0)
        return -1;
    if (list_markers(&mapping, &list, err) < 0)
        return error_prefix(err, "%s", skeleton);
    *ret_list = list;
    list = (struct marker_list)MARKER_LIST_INIT;
    return 0;
}

/* Whether a marker stands for the members of that library, which CRATE's rlib bundles. */
static bool is_marked(const struct marker_list *markers, const struct marker *crate,
                      const char *name)
{
    for (size_t i = 0; i < markers->len; i++) {
        const struct marker *marker = &markers->items[i];
        if (marker->kind == MARKER_BUNDLED && digest_equal(&marker->digest, &crate->digest) &&
            strcmp(marker->name, name) == 0)
            return true;
    }
    return false;
}

/*
 * Adds the code of what MARKER stands for. Where the hollow that codegen saw didn't name a library
 * that a crate bundles, rustc since 1.99 said nothing, and left no marker.
 */
static int add_code(struct ar *library, const struct ar *rlib, const struct marker *marker,
                    const struct marker_list *markers, struct error *err)
{
    for (size_t i = 0; i < rlib->member_count; i++) {
        const struct ar_member *member = &rlib->members[i];
        enum crate_member_kind kind = crate_member_kind(member);
        if (kind == CRATE_MEMBER_CODE)
            ar_add_copy(library, rlib, member);
        if (kind == CRATE_MEMBER_BUNDLED && marker->kind == MARKER_CRATE &&
            !is_marked(markers, marker, member->name))
            return error_set(err, ERROR_REFUSED,
                             "it bundles %s, which codegen left out of the static library: the "
                             "hollow that codegen saw didn't name it; run codegen against one "
                             "made from this rlib",
                             member->name);
    }
    return 0;
}

/*
 * Adds a member of a bundled library with the symbols that LLVM finds in it; where it is no ELF
 * object, with those that its archive's index has.
 */
static int add_bundled_member(struct ar *library, const struct ar *bundled,
                              const struct ar_member *member, struct error *err)
{
    struct elf elf;
    struct elf_symbols symbols;
    const char *name;
    int status = elf_open(member->data, member->len, &elf, err);

    if (status > 0) {
        ar_add_copy(library, bundled, member);
        return 0;
    }
    if (status < 0 || elf_symbols_begin(&symbols, &elf, err) < 0)
        return -1;
    ar_add_member(library, member->name, member->data, member->len);
    while ((status = elf_symbols_next(&symbols, &name, err)) == 0)
        ar_add_symbol(library, name);
    return status < 0 ? -1 : 0;
}

static int add_bundled(struct ar *library, const struct ar *rlib, const char *name,
                       struct error *err)
{
    auto_ar bundled = AR_INIT;
    const unsigned char *data;
    size_t len;

    if (crate_bundled_library(rlib, name, &data, &len, err) < 0)
        return -1;
    if (ar_parse(data, len, &bundled, err) < 0)
        return error_prefix(err, "its bundled library %s", name);
    for (size_t i = 0; i < bundled.member_count; i++) {
        if (add_bundled_member(library, &bundled, &bundled.members[i], err) < 0)
            return error_prefix(err, "the member %s of its bundled library %s",
                                bundled.members[i].name, name);
    }
    return 0;
}

/* Whether the file holds code: a real rlib or a link rlib. */
static int check_kind(const char *path, const struct mapping *mapping, struct error *err)
{
    struct crate_file crate = CRATE_FILE_INIT;

    if (crate_file_parse(mapping->data, mapping->len, &crate, err) < 0)
        return error_prefix(err, "%s", path);
    if (crate.kind == CRATE_RLIB || crate.kind == CRATE_LINK_RLIB)
        return 0;
    return error_set(err, ERROR_REFUSED, "%s (%s) has no code: give the rlib that rustc wrote",
                     path, crate_file_kind_name(crate.kind));
}

/* Adds what the marker stands for, out of the file PATH, which stays open in SOURCES. */
static int add_source(struct ar *library, const struct marker *marker,
                      const struct marker_list *markers, const char *path, struct archives *sources,
                      struct error *err)
{
    if (archives_add(sources, path, err) < 0)
        return -1;
    struct archive *source = &sources->items[sources->len - 1];
    if (check_kind(path, &source->mapping, err) < 0)
        return -1;
    int status = marker->kind == MARKER_BUNDLED
                     ? add_bundled(library, &source->ar, marker->name, err)
                     : add_code(library, &source->ar, marker, markers, err);
    return status < 0 ? error_prefix(err, "%s", path) : 0;
}

int staticlib_assemble(const char *skeleton, const char *const *files, size_t count,
                       const char *out, struct error *err)
{
    auto_archive frame = ARCHIVE_INIT;
    auto_marker_list markers = MARKER_LIST_INIT;
    auto_archives sources = {0};
    auto_ar library = AR_INIT;
    size_t at = 0;

    if (archive_open(skeleton, &frame, err) < 0)
        return -1;
    if (list_markers(&frame.mapping, &markers, err) < 0)
        return error_prefix(err, "%s", skeleton);
    if (markers.len != count)
        return error_set(err, ERROR_REFUSED, "%s has %zu markers and not the %zu it had", skeleton,
                         markers.len, count);
    for (size_t i = 0; i < frame.ar.member_count; i++) {
        const struct ar_member *member = &frame.ar.members[i];
        if (strcmp(member->name, MARKER_MEMBER) != 0) {
            ar_add_copy(&library, &frame.ar, member);
            continue;
        }
        if (add_source(&library, &markers.items[at], &markers, files[at], &sources, err) < 0)
            return -1;
        at++;
    }
    return ar_write(&library, out, err);
}
