/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/crate_file.h"

#include <assert.h>
#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "rust/ar_walk.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "rust/marker.h"
#include "rust/object.h"

/* rustc: compiler/rustc_metadata/src/rmeta/mod.rs, METADATA_HEADER; a version byte follows. */
#define METADATA_MAGIC "rust\0\0\0"
#define METADATA_MAGIC_LEN 7
#define METADATA_HEADER_LEN 8

/* rustc: MAGIC_END_BYTES, which all metadata of this version ends in. */
#define METADATA_END "rust-end-file"
#define METADATA_END_LEN 13
#define METADATA_END_SINCE 10

#define METADATA_SECTION ".rmeta"

#define VERSION_CAP 127 /* the length is one LEB128 byte */
#define STRING_END 0xc1 /* rustc: STR_SENTINEL */

const char *crate_file_kind_name(enum crate_file_kind kind)
{
    static const char *const names[] = {
        [CRATE_METADATA] = "metadata",
        [CRATE_RLIB] = "rlib",
        [CRATE_HOLLOW_RLIB] = "hollow rlib",
        [CRATE_LINK_RLIB] = "link rlib",
        [CRATE_DYLIB] = "dylib",
        [CRATE_HOLLOW_DYLIB] = "hollow dylib",
    };

    return names[kind];
}

void crate_file_release(struct crate_file *file)
{
    mapping_release(&file->mapping);
    *file = (struct crate_file)CRATE_FILE_INIT;
}

static bool has_magic(const unsigned char *data, size_t len)
{
    return len > METADATA_HEADER_LEN && memcmp(data, METADATA_MAGIC, METADATA_MAGIC_LEN) == 0;
}

static bool is_cut_off(const unsigned char *data, size_t len)
{
    return data[METADATA_MAGIC_LEN] >= METADATA_END_SINCE &&
           (len < METADATA_END_LEN ||
            memcmp(data + len - METADATA_END_LEN, METADATA_END, METADATA_END_LEN) != 0);
}

static int set_metadata(const unsigned char *data, size_t len, struct crate_file *file,
                        struct error *err)
{
    if (is_cut_off(data, len))
        return error_set(err, ERROR_REFUSED, "the crate's metadata is cut off");
    file->metadata = data;
    file->metadata_len = len;
    return 0;
}

/* Takes the metadata out of lib.rmeta, where it lies as it is or in an object. */
static int read_metadata_member(const struct ar_entry *entry, struct crate_file *file,
                                struct error *err)
{
    const unsigned char *data = entry->data;
    size_t len = entry->len;

    if (!has_magic(data, len)) {
        int status = object_section(entry->data, entry->len, METADATA_SECTION, &data, &len, err);
        if (status < 0)
            return error_prefix(err, "its member " METADATA_MEMBER);
        if (status > 0 || !has_magic(data, len))
            return error_set(err, ERROR_REFUSED,
                             "its member " METADATA_MEMBER " holds no metadata that cleave knows");
    }
    return set_metadata(data, len, file, err);
}

static int read_marker_member(const struct ar_entry *entry, struct crate_file *file,
                              struct error *err)
{
    auto_marker marker = MARKER_INIT;
    int status = marker_read(entry->data, entry->len, &marker, err);

    if (status < 0)
        return error_prefix(err, "its member " MARKER_MEMBER);
    if (status > 0)
        return error_set(err, ERROR_REFUSED, "its member " MARKER_MEMBER " is no marker");
    if (file->has_marker || marker.kind != MARKER_CRATE)
        return error_set(err, ERROR_REFUSED,
                         "its markers stand for other crates: a static library that isn't "
                         "assembled, no crate");
    file->has_marker = true;
    file->marker_digest = marker.digest;
    return 0;
}

static int read_member(const struct ar_entry *entry, struct crate_file *file, struct error *err)
{
    if (ar_entry_is(entry, MARKER_MEMBER))
        return read_marker_member(entry, file, err);
    if (ar_entry_is(entry, METADATA_MEMBER) && !file->metadata)
        return read_metadata_member(entry, file, err);
    return 0;
}

static int parse_archive(const void *data, size_t len, struct crate_file *file, struct error *err)
{
    struct ar_walk walk;
    struct ar_entry entry;
    int status = ar_walk_begin(&walk, data, len, err);

    while (status == 0) {
        status = ar_walk_next(&walk, &entry, err);
        if (status == 0)
            status = read_member(&entry, file, err);
    }
    if (status < 0)
        return -1;
    if (!file->metadata && !file->has_marker)
        return error_set(err, ERROR_REFUSED,
                         "an archive without " METADATA_MEMBER " and without a marker: no crate");
    file->kind = !file->has_marker ? CRATE_RLIB
                 : file->metadata  ? CRATE_HOLLOW_RLIB
                                   : CRATE_LINK_RLIB;
    return 0;
}

static int parse_elf(const struct elf *elf, struct crate_file *file, struct error *err)
{
    struct elf_section metadata, dynamic;
    int status = elf_find_name(elf, DYLIB_SECTION, &metadata, err);

    if (status < 0)
        return -1;
    if (status > 0)
        return error_set(err, ERROR_REFUSED,
                         "an ELF file without a section " DYLIB_SECTION ": no dylib of a crate");
    if (metadata.flags & SHF_COMPRESSED || !has_magic(metadata.data, metadata.len))
        return error_set(err, ERROR_REFUSED,
                         "its section " DYLIB_SECTION " holds no metadata that cleave knows");
    if (set_metadata(metadata.data, metadata.len, file, err) < 0)
        return -1;
    status = elf_find_type(elf, SHT_DYNAMIC, &dynamic, err);
    if (status < 0)
        return -1;
    file->kind = status == 0 ? CRATE_DYLIB : CRATE_HOLLOW_DYLIB;
    return 0;
}

static bool is_archive(const void *data, size_t len)
{
    return len >= AR_MAGIC_LEN && (memcmp(data, AR_MAGIC, AR_MAGIC_LEN) == 0 ||
                                   memcmp(data, AR_THIN_MAGIC, AR_MAGIC_LEN) == 0);
}

static int parse(const void *data, size_t len, struct crate_file *file, struct error *err)
{
    struct elf elf;

    if (is_archive(data, len))
        return parse_archive(data, len, file, err);
    if (has_magic(data, len)) {
        file->kind = CRATE_METADATA;
        return set_metadata(data, len, file, err);
    }
    int status = elf_open(data, len, &elf, err);
    if (status > 0)
        return error_set(err, ERROR_REFUSED,
                         "neither a rlib nor a dylib nor metadata that rustc made");
    return status < 0 ? -1 : parse_elf(&elf, file, err);
}

int crate_file_parse(const void *data, size_t len, struct crate_file *ret_file, struct error *err)
{
    struct crate_file file = CRATE_FILE_INIT;

    if (parse(data, len, &file, err) < 0)
        return -1;
    *ret_file = file;
    return 0;
}

int crate_file_open(const char *path, struct crate_file *ret_file, struct error *err)
{
    auto_mapping mapping = MAPPING_INIT;
    struct crate_file file = CRATE_FILE_INIT;

    if (mapping_open(path, &mapping, err) < 0)
        return -1;
    if (crate_file_parse(mapping.data, mapping.len, &file, err) < 0)
        return error_prefix(err, "%s", path);
    file.mapping = mapping;
    mapping = (struct mapping)MAPPING_INIT;
    *ret_file = file;
    return 0;
}

void crate_file_digest(const struct crate_file *file, struct digest *ret_digest)
{
    if (file->has_marker) {
        *ret_digest = file->marker_digest;
        return;
    }
    assert(file->metadata);
    digest_of(file->metadata, file->metadata_len, ret_digest);
}

int crate_file_rlib_digest(const struct crate_file *dylib, struct digest *ret_digest)
{
    /* A header and the length stand before what is the whole .rmeta file. */
    size_t skip = METADATA_HEADER_LEN + 8;

    if (dylib->metadata_len < skip ||
        !has_magic(dylib->metadata + skip, dylib->metadata_len - skip))
        return 1;
    digest_of(dylib->metadata + skip, dylib->metadata_len - skip, ret_digest);
    return 0;
}

/* The version string at that place: its length, its bytes, and what ends every string there. */
static char *version_at(const unsigned char *data, size_t len, size_t at)
{
    static const char start[] = "rustc ";
    size_t start_len = sizeof(start) - 1;

    if (at >= len || data[at] > VERSION_CAP)
        return NULL;
    size_t version_len = data[at];
    const char *version = (const char *)data + at + 1;
    if (version_len < start_len || version_len >= len - at - 1 ||
        memcmp(version, start, start_len) != 0 || memchr(version, '\0', version_len) ||
        (unsigned char)version[version_len] != STRING_END)
        return NULL;
    return xstrndup(version, version_len);
}

int crate_file_rustc_version(const struct crate_file *file, char **ret_version, struct error *err)
{
    /* After the header and the root's place: eight bytes, and four in older metadata. */
    static const size_t places[] = {METADATA_HEADER_LEN + 8, METADATA_HEADER_LEN + 4};
    const unsigned char *data = file->metadata;
    size_t len = file->metadata_len;

    if (!data)
        return error_set(err, ERROR_REFUSED, "a link rlib doesn't say which rustc made it");
    /* A dylib's section starts with a header and a length of its own. */
    if (len > places[0] && has_magic(data + places[0], len - places[0])) {
        data += places[0];
        len -= places[0];
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        char *version = version_at(data, len, places[i]);
        if (!version)
            continue;
        *ret_version = version;
        return 0;
    }
    return error_set(err, ERROR_REFUSED, "the metadata doesn't say which rustc made it");
}
