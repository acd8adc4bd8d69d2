/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rustc's command line, as rustc reads it (rustc_session/src/config.rs, getopts): parsed once into
 * a list of options in the user's order, so that a changed command line is written by walking the
 * list. Each option has words of its own: "-gO" is kept as "-g" and "-O", and "--" is dropped, so
 * that options may be left out or put at the end. Apart from that the spelling stays.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

enum rustc_option_kind {
    RUSTC_INPUT,      /* value: the source file, or "-" */
    RUSTC_CRATE_NAME, /* --crate-name */
    RUSTC_CRATE_TYPE, /* --crate-type; value may be a list with commas */
    RUSTC_EMIT,       /* --emit; list of KIND or KIND=PATH */
    RUSTC_OUT_DIR,    /* --out-dir */
    RUSTC_OUTPUT,     /* -o */
    RUSTC_EXTERN,     /* --extern; value [OPTS:]NAME[=PATH] */
    RUSTC_SEARCH,     /* -L; value [KIND=]PATH */
    RUSTC_NATIVE,     /* -l */
    RUSTC_CODEGEN,    /* -C, --codegen */
    RUSTC_UNSTABLE,   /* -Z */
    RUSTC_TARGET,     /* --target */
    RUSTC_SYSROOT,    /* --sysroot */
    RUSTC_TEST,       /* --test */
    RUSTC_PRINT,      /* --print */
    RUSTC_LINT,       /* -A, -W, -D, -F and their long names, --force-warn */
    RUSTC_ANSWER,     /* -h, -V, --explain: rustc answers and does nothing else */
    RUSTC_ERROR_FORMAT,
    RUSTC_JSON,
    RUSTC_COLOR,
    RUSTC_OTHER, /* every other option of rustc, known by name; -O and -g too */
};

struct rustc_option {
    enum rustc_option_kind kind;
    const char *value; /* into words; NULL for a switch */
    size_t first;      /* index of its first word */
    size_t count;      /* 1, or 2 when the value is a word of its own */
};

struct rustc_command {
    struct strv words; /* the arguments, without the program, @FILEs replaced by their lines */
    struct rustc_option *options;
    size_t option_count;

    /* What most callers ask; borrowed from words, NULL or false where it isn't said. */
    const char *input;
    const char *crate_name;
    const char *out_dir;
    const char *output; /* -o */
    const char *target;
    const char *sysroot;
    bool test;
    struct strv crate_types; /* every --crate-type, lists split, in order, doubles dropped */
    struct strv emits;       /* every --emit entry, lists split: "link", "dep-info=PATH" */
    struct strv json;        /* every --json entry, lists split */
};

#define RUSTC_COMMAND_INIT                                                                         \
    {                                                                                              \
        .words = STRV_INIT, .crate_types = STRV_INIT, .emits = STRV_INIT, .json = STRV_INIT        \
    }

/*
 * Parses the arguments that follow rustc's name. An option that no rustc has is refused by name
 * (ERROR_REFUSED), since cleave can't know whether it takes a value; so is what rustc itself
 * would refuse here: a missing value, a value for a switch, a second input. Values are not
 * checked. An option that rustc takes once and that is given twice counts the last time.
 */
int rustc_command_parse(char *const *args, size_t count, struct rustc_command *ret_command,
                        struct error *err) must_check;
void rustc_command_release(struct rustc_command *command);
#define auto_rustc_command __attribute__((cleanup(rustc_command_release))) struct rustc_command

/* Whether a -C or -Z option is the one of that name, '-' and '_' being the same. */
bool rustc_option_is_named(const struct rustc_option *option, const char *name);

/*
 * The last -C (or, with RUSTC_UNSTABLE, -Z) option of that name, '-' and '_' being the same.
 * Returns false when it isn't given; *ret_value is NULL when it was given without a value.
 */
bool rustc_command_find(const struct rustc_command *command, enum rustc_option_kind kind,
                        const char *name, const char **ret_value);

/*
 * Whether rustc only answers a question and writes no output file: --print of what needs no
 * linking, -V, --help, --explain, -W help, -C help, -Z help, or no arguments at all.
 */
bool rustc_command_is_query(const struct rustc_command *command);

/* Whether an --emit entry of that kind is given ("link" also when there is no --emit at all). */
bool rustc_command_emits(const struct rustc_command *command, const char *kind);

/* The PATH of the last --emit KIND=PATH, borrowed; NULL when KIND is given without, or not. */
const char *rustc_command_emit_path(const struct rustc_command *command, const char *kind);

enum rustc_lto { RUSTC_LTO_NONE, RUSTC_LTO_THIN, RUSTC_LTO_FAT };

/*
 * What -C lto asks for, in all of rustc's spellings. A value that rustc doesn't have counts as
 * fat: rustc will refuse it.
 */
enum rustc_lto rustc_command_lto(const struct rustc_command *command);

/*
 * The crate's name: --crate-name, else the input's stem with '-' as '_', "rust_out" for standard
 * input. Owned by caller. (An attribute in the source, which stands between the two, is not seen;
 * -o has no say.)
 */
char *rustc_command_crate_name(const struct rustc_command *command);

/*
 * The directory of output files that have no path of their own in --emit, as rustc spells it: the
 * directory of -o, else --out-dir, else "". Owned by caller.
 */
char *rustc_command_output_dir(const struct rustc_command *command);

/* One --extern. Points into the option's value. */
struct rustc_extern {
    const char *name; /* not NUL-terminated: name_len bytes; options such as "priv:" not included */
    size_t name_len;
    const char *path; /* NULL when only the name is given */
};
struct rustc_extern rustc_extern_of(const char *value);

/* One -L: its kind ("dependency", "crate", "native", "framework", "all"; "all" when not said). */
struct rustc_search {
    const char *kind; /* a constant */
    const char *path; /* into the option's value */
};
struct rustc_search rustc_search_of(const char *value);
