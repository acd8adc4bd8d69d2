/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/options.h"
#include "cmd/cleave/command.h"
#include "rust/ar.h"
#include "rust/crate_file.h"
#include "unit/plan.h"

/* Everything is put into one JSON value; the text form is made from it. */

/* Paths need not be UTF-8, JSON must be: other bytes become U+FFFD. */
static json_t *text_json(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();

    if (value)
        return value;
    auto_buf clean = BUF_INIT;
    for (; *text; text++)
        buf_addf(&clean, (unsigned char)*text < 0x80 ? "%c" : "\xef\xbf\xbd", *text);
    return json_string(clean.data);
}

static json_t *digest_json(const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    return json_sprintf("sha256:%s", digest_hex(digest, hex));
}

static const char *const part_names[] = {
    [PART_LITERAL] = "literal",
    [PART_UNIT_FILE] = "unit_file",
    [PART_CRATE] = "crate",
    [PART_SYSROOT_FILE] = "sysroot_file",
    [PART_BUNDLED] = "bundled",
    [PART_PATH] = "path",
    [PART_OUTPUT] = "output",
    [PART_FURTHER_OUTPUT] = "further_output",
    [PART_NATIVES_SLOT] = "natives_slot",
    [PART_LINK_ARGS_SLOT] = "link_args_slot",
    [PART_RUN_PATH_CRATE] = "run_path_crate",
    [PART_RUN_PATH_SYSROOT] = "run_path_sysroot",
};

static bool names_crate(const struct part *part)
{
    return part->kind == PART_CRATE || part->kind == PART_RUN_PATH_CRATE ||
           (part->kind == PART_BUNDLED && part->crate != PLAN_NO_CRATE);
}

static json_t *part_json(const struct plan *plan, const struct part *part)
{
    json_t *object = json_object();

    json_object_set_new(object, "kind",
                        json_string(part->outside ? "outside" : part_names[part->kind]));
    if (names_crate(part))
        json_object_set_new(object, "crate", text_json(plan->crates[part->crate].file_name));
    if (part->text && *part->text)
        json_object_set_new(object, "text", text_json(part->text));
    return object;
}

static json_t *list_json(const struct strv *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->len; i++)
        json_array_append_new(array, text_json(list->items[i]));
    return array;
}

static json_t *words_json(const struct plan *plan)
{
    json_t *words = json_array();

    for (size_t i = 0; i < plan->word_count; i++) {
        json_t *word = json_array();
        for (size_t j = 0; j < plan->words[i].count; j++)
            json_array_append_new(word, part_json(plan, &plan->words[i].parts[j]));
        json_array_append_new(words, word);
    }
    return words;
}

static json_t *crates_json(const struct plan *plan)
{
    json_t *crates = json_array();

    for (size_t i = 0; i < plan->crate_count; i++) {
        json_t *crate = json_object();
        json_object_set_new(crate, "file", text_json(plan->crates[i].file_name));
        json_object_set_new(crate, "metadata", digest_json(&plan->crates[i].digest));
        if (plan->crates[i].searched)
            json_object_set_new(crate, "preferred", json_string("dylib"));
        json_array_append_new(crates, crate);
    }
    return crates;
}

static json_t *files_json(const struct plan *plan)
{
    json_t *files = json_array();

    for (size_t i = 0; i < plan->file_count; i++) {
        json_t *file = json_object();
        json_object_set_new(file, "name", text_json(plan->files[i].name));
        if (!plan->files[i].is_dir) {
            json_object_set_new(file, "size", json_integer((json_int_t)plan->files[i].size));
            json_object_set_new(file, "digest", digest_json(&plan->files[i].digest));
        }
        json_array_append_new(files, file);
    }
    return files;
}

static int unit_json(const char *unit, json_t **ret_json, struct error *err)
{
    auto_plan plan = PLAN_INIT;

    if (plan_load(unit, &plan, err) < 0)
        return -1;
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string("link unit"));
    json_object_set_new(object, "rustc", text_json(plan.rustc_version));
    json_object_set_new(object, "target", text_json(plan.target));
    json_object_set_new(object, "crate_name", text_json(plan.crate_name));
    json_object_set_new(object, "crate_type", text_json(plan.crate_type));
    json_object_set_new(object, "output", text_json(plan.output_name));
    json_object_set_new(object, "linker", text_json(plan.linker));
    json_object_set_new(object, "relocatable", json_boolean(plan_is_relocatable(&plan)));
    json_object_set_new(object, "sysroot", text_json(plan.sysroot.text));
    json_object_set_new(object, "environment", list_json(&plan.environment));
    json_object_set_new(object, "path_prefix", list_json(&plan.path_prefix));
    json_object_set_new(object, "skeleton", text_json(plan.skeleton));
    json_object_set_new(object, "crates", crates_json(&plan));
    json_object_set_new(object, "files", files_json(&plan));
    json_object_set_new(object, "debug_files", list_json(&plan.debug_files));
    json_object_set_new(object, "arguments", words_json(&plan));
    *ret_json = object;
    return 0;
}

static int members_json(const struct crate_file *file, json_t **ret_json, struct error *err)
{
    auto_ar ar = AR_INIT;
    json_t *members = json_array();

    if (ar_parse(file->mapping.data, file->mapping.len, &ar, err) < 0) {
        json_decref(members);
        return -1;
    }
    for (size_t i = 0; i < ar.member_count; i++) {
        json_t *member = json_object();
        json_object_set_new(member, "name", text_json(ar.members[i].name));
        json_object_set_new(member, "size", json_integer((json_int_t)ar.members[i].len));
        json_array_append_new(members, member);
    }
    *ret_json = members;
    return 0;
}

static bool is_archive(enum crate_file_kind kind)
{
    return kind == CRATE_RLIB || kind == CRATE_HOLLOW_RLIB || kind == CRATE_LINK_RLIB;
}

static int crate_json(const char *path, json_t **ret_json, struct error *err)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error unknown = ERROR_INIT;
    auto_free char *version = NULL;
    struct digest digest;
    json_t *members = NULL;

    if (crate_file_open(path, &file, err) < 0)
        return -1;
    if (is_archive(file.kind) && members_json(&file, &members, err) < 0)
        return error_prefix(err, "%s", path);
    crate_file_digest(&file, &digest);
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string(crate_file_kind_name(file.kind)));
    json_object_set_new(object, "metadata", digest_json(&digest));
    if (crate_file_rustc_version(&file, &version, &unknown) == 0)
        json_object_set_new(object, "rustc", text_json(version));
    if (members)
        json_object_set_new(object, "members", members);
    *ret_json = object;
    return 0;
}

/* The text form: a line for each field; lists are indented below theirs. */

static void print_scalar(const json_t *value)
{
    if (json_is_string(value))
        printf("%s", json_string_value(value));
    else if (json_is_integer(value))
        printf("%lld", (long long)json_integer_value(value));
    else
        printf("%s", json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
}

/* One entry of a list on one line: the values of an object, or the parts of a word. */
static void print_entry(const json_t *entry)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_array(entry)) {
        json_array_foreach(entry, i, value)
        {
            printf(i ? " + " : "");
            print_entry(value);
        }
    } else if (json_is_object(entry)) {
        i = 0;
        json_object_foreach((json_t *)(uintptr_t)entry, key, value)
        {
            printf(i++ ? " " : "");
            print_scalar(value);
        }
    } else {
        print_scalar(entry);
    }
}

static void print_text(json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t i;
        json_t *entry;
        if (!json_is_array(value)) {
            printf("%s: ", key);
            print_scalar(value);
            putchar('\n');
            continue;
        }
        printf("%s:\n", key);
        json_array_foreach(value, i, entry)
        {
            printf("  ");
            print_entry(entry);
            putchar('\n');
        }
    }
}

int command_inspect(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    bool as_json = false;
    json_t *json = NULL;
    const struct option options[] = {
        {"--json", NULL, "print JSON", .ret_switch = &as_json},
    };
    const struct option_table table = {
        .usage = "cleave inspect UNIT|FILE [--json]",
        .summary =
            "Shows a link unit with each linker argument and its type, or what kind of crate\n"
            "file a file is, the digest of its metadata, its members.",
        .example = "cleave inspect app.unit",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)ret_status;
    int status = command_parse_one(&table, "unit or file", argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    const char *path = arguments.positional.items[0];
    status = fs_is_dir(path) ? unit_json(path, &json, err) : crate_json(path, &json, err);
    if (status < 0)
        return -1;
    if (as_json) {
        json_dumpf(json, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_text(json);
    }
    json_decref(json);
    return 0;
}
