/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The plan of a link unit: the linker line that rustc asked for, typed. The file plan.pb in the
 * unit is its only stored form (src/proto/plan.proto, docs/link-unit.md).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/strv.h"

#define PLAN_FILE "plan.pb"
#define PLAN_SIZE_CAP (64u << 20)
#define PLAN_CRATES_CAP (1u << 14)

/* This schema's version, and the oldest reader that understands what this cleave writes. */
#define PLAN_SCHEMA 1
#define PLAN_READER_SCHEMA 1

enum part_kind {
    PART_LITERAL,      /* text */
    PART_UNIT_FILE,    /* text: path below the unit */
    PART_CRATE,        /* crate */
    PART_SYSROOT_FILE, /* text: path below the sysroot */
    PART_BUNDLED,      /* text: name of the member; crate, or PLAN_NO_CRATE */
    PART_PATH,         /* text, outside, was_absolute */
    PART_OUTPUT,
    PART_FURTHER_OUTPUT, /* text: file name */
    PART_NATIVES_SLOT,   /* text: the crate that asks; "" for the linked one itself */
    PART_LINK_ARGS_SLOT,
    PART_RUN_PATH_CRATE,   /* crate */
    PART_RUN_PATH_SYSROOT, /* text: path below the sysroot */
};

#define PLAN_NO_CRATE SIZE_MAX

struct part {
    enum part_kind kind;
    char *text;        /* owned; NULL where the kind has none */
    size_t crate;      /* index into crates */
    bool outside;      /* PART_PATH: absolute, not below the working directory */
    bool was_absolute; /* PART_PATH: below the working directory, and was spelled absolute */
};

struct word {
    struct part *parts;
    size_t count;
};

struct plan_crate {
    char *file_name;
    struct digest digest;
    bool searched; /* a rlib in whose place rustc would have taken a dylib, had it found one */
};

struct plan_file {
    char *name;
    uint64_t size;
    bool is_dir;
    struct digest digest; /* of a file */
};

struct plan {
    char *rustc_version; /* NULL when not known */
    char *target;
    char *crate_name;
    char *crate_type;
    char *output_name;
    char *linker;
    struct strv environment;
    struct strv path_prefix;
    struct part sysroot; /* a PART_PATH; text NULL when the line has no sysroot */
    struct word *words;
    size_t word_count;
    struct plan_crate *crates;
    size_t crate_count;
    struct plan_file *files;
    size_t file_count;
    char *skeleton; /* NULL unless a staticlib */
    struct strv debug_files;
};

#define PLAN_INIT                                                                                  \
    {                                                                                              \
        .environment = STRV_INIT, .path_prefix = STRV_INIT, .sysroot = {.kind = PART_PATH},        \
        .debug_files = STRV_INIT                                                                   \
    }

void plan_release(struct plan *plan);
#define auto_plan __attribute__((cleanup(plan_release))) struct plan

/* Building a plan. The texts are copied. */
struct word *plan_add_word(struct plan *plan);
struct part *word_add_part(struct word *word, enum part_kind kind, const char *text);
size_t plan_add_crate(struct plan *plan, const char *file_name, const struct digest *digest);

/* Makes PART the path, seen from the absolute working directory CWD. */
void plan_set_path(struct part *part, const char *path, const char *cwd);

/* An entry of plan->files with nothing but its name. */
struct plan_file *plan_add_entry(struct plan *plan, const char *name);

/* Describes the file or directory UNIT/NAME, as it is now, in plan->files. */
int plan_add_file(struct plan *plan, const char *unit, const char *name,
                  struct error *err) must_check;

/* Whether nothing in the plan lies outside the unit, the sysroot and the working directory. */
bool plan_is_relocatable(const struct plan *plan);

/* Writes UNIT/plan.pb: the same plan gives the same bytes. */
int plan_save(const struct plan *plan, const char *unit, struct error *err) must_check;

/* As plan_save, to the end of BYTES. */
void plan_encode(const struct plan *plan, struct buf *bytes);

/*
 * Reads UNIT/plan.pb. Refuses what isn't a plan, one that needs a newer reader, and names that
 * would leave the unit.
 */
int plan_load(const char *unit, struct plan *ret_plan, struct error *err) must_check;

/* As plan_load, from bytes; NAME is for messages. */
int plan_parse(const void *data, size_t len, const char *name, struct plan *ret_plan,
               struct error *err) must_check;
