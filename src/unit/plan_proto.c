/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "proto/plan.pb-c.h"
#include "unit/plan_check.h"

/* Writing. The messages borrow every text from the plan; only the arrays are allocated. */

struct proto_plan {
    Cleave__Unit__LinkPlan plan;
    struct proto_part *parts; /* one for each part of each word */
    Cleave__Unit__Word *words;
    Cleave__Unit__Word **word_list;
    Cleave__Unit__Part **part_list;
    Cleave__Unit__Crate *crates;
    Cleave__Unit__Crate **crate_list;
    Cleave__Unit__File *files;
    Cleave__Unit__File **file_list;
    ProtobufCBinaryData *bytes; /* of the three lists of bytes */
    Cleave__Unit__Path sysroot;
};

struct proto_part {
    Cleave__Unit__Part part;
    union {
        Cleave__Unit__BundledMember bundled;
        Cleave__Unit__Path path;
        Cleave__Unit__Output output;
        Cleave__Unit__Slot slot;
        Cleave__Unit__RunPath run_path;
    } of;
};

static ProtobufCBinaryData bytes_of(const char *text)
{
    return (ProtobufCBinaryData){text ? strlen(text) : 0, (uint8_t *)(uintptr_t)text};
}

static void path_to_proto(const struct part *part, Cleave__Unit__Path *path)
{
    cleave__unit__path__init(path);
    path->outside = part->outside;
    path->path = bytes_of(part->text);
    path->was_absolute = part->was_absolute;
}

static void slot_to_proto(const struct part *part, Cleave__Unit__Slot *slot)
{
    cleave__unit__slot__init(slot);
    slot->kind = part->kind == PART_NATIVES_SLOT ? CLEAVE__UNIT__SLOT__KIND__NATIVES
                                                 : CLEAVE__UNIT__SLOT__KIND__LINK_ARGS;
    if (part->text)
        slot->crate = part->text;
}

static void bundled_to_proto(const struct part *part, Cleave__Unit__BundledMember *bundled)
{
    cleave__unit__bundled_member__init(bundled);
    bundled->has_crate = part->crate != PLAN_NO_CRATE;
    bundled->crate = bundled->has_crate ? (uint32_t)part->crate : 0;
    bundled->member = bytes_of(part->text);
}

static void run_path_to_proto(const struct part *part, Cleave__Unit__RunPath *run_path)
{
    cleave__unit__run_path__init(run_path);
    if (part->kind == PART_RUN_PATH_CRATE) {
        run_path->to_case = CLEAVE__UNIT__RUN_PATH__TO_CRATE;
        run_path->crate = (uint32_t)part->crate;
    } else {
        run_path->to_case = CLEAVE__UNIT__RUN_PATH__TO_SYSROOT_DIR;
        run_path->sysroot_dir = bytes_of(part->text);
    }
}

static void part_to_proto(const struct part *part, struct proto_part *to)
{
    Cleave__Unit__Part *proto = &to->part;

    cleave__unit__part__init(proto);
    switch (part->kind) {
    case PART_LITERAL:
        proto->value_case = CLEAVE__UNIT__PART__VALUE_LITERAL;
        proto->literal = bytes_of(part->text);
        break;
    case PART_UNIT_FILE:
        proto->value_case = CLEAVE__UNIT__PART__VALUE_UNIT_FILE;
        proto->unit_file = bytes_of(part->text);
        break;
    case PART_CRATE:
        proto->value_case = CLEAVE__UNIT__PART__VALUE_CRATE;
        proto->crate = (uint32_t)part->crate;
        break;
    case PART_SYSROOT_FILE:
        proto->value_case = CLEAVE__UNIT__PART__VALUE_SYSROOT_FILE;
        proto->sysroot_file = bytes_of(part->text);
        break;
    case PART_BUNDLED:
        bundled_to_proto(part, &to->of.bundled);
        proto->value_case = CLEAVE__UNIT__PART__VALUE_BUNDLED;
        proto->bundled = &to->of.bundled;
        break;
    case PART_PATH:
        path_to_proto(part, &to->of.path);
        proto->value_case = CLEAVE__UNIT__PART__VALUE_PATH;
        proto->path = &to->of.path;
        break;
    case PART_OUTPUT:
        cleave__unit__output__init(&to->of.output);
        proto->value_case = CLEAVE__UNIT__PART__VALUE_OUTPUT;
        proto->output = &to->of.output;
        break;
    case PART_FURTHER_OUTPUT:
        proto->value_case = CLEAVE__UNIT__PART__VALUE_FURTHER_OUTPUT;
        proto->further_output = bytes_of(part->text);
        break;
    case PART_NATIVES_SLOT:
    case PART_LINK_ARGS_SLOT:
        slot_to_proto(part, &to->of.slot);
        proto->value_case = CLEAVE__UNIT__PART__VALUE_SLOT;
        proto->slot = &to->of.slot;
        break;
    case PART_RUN_PATH_CRATE:
    case PART_RUN_PATH_SYSROOT:
        run_path_to_proto(part, &to->of.run_path);
        proto->value_case = CLEAVE__UNIT__PART__VALUE_RUN_PATH;
        proto->run_path = &to->of.run_path;
        break;
    }
}

static void words_to_proto(const struct plan *plan, struct proto_plan *proto)
{
    size_t part_count = 0;
    size_t next = 0;

    for (size_t i = 0; i < plan->word_count; i++)
        part_count += plan->words[i].count;
    proto->parts = xcalloc(part_count, sizeof(*proto->parts));
    proto->part_list = xcalloc(part_count, sizeof(*proto->part_list));
    proto->words = xcalloc(plan->word_count, sizeof(*proto->words));
    proto->word_list = xcalloc(plan->word_count, sizeof(*proto->word_list));
    for (size_t i = 0; i < plan->word_count; i++) {
        Cleave__Unit__Word *word = proto->word_list[i] = &proto->words[i];
        cleave__unit__word__init(word);
        word->n_parts = plan->words[i].count;
        word->parts = proto->part_list + next;
        for (size_t j = 0; j < plan->words[i].count; j++, next++) {
            part_to_proto(&plan->words[i].parts[j], &proto->parts[next]);
            proto->part_list[next] = &proto->parts[next].part;
        }
    }
    proto->plan.n_words = plan->word_count;
    proto->plan.words = proto->word_list;
}

static void crates_to_proto(const struct plan *plan, struct proto_plan *proto)
{
    proto->crates = xcalloc(plan->crate_count, sizeof(*proto->crates));
    proto->crate_list = xcalloc(plan->crate_count, sizeof(*proto->crate_list));
    for (size_t i = 0; i < plan->crate_count; i++) {
        Cleave__Unit__Crate *crate = proto->crate_list[i] = &proto->crates[i];
        cleave__unit__crate__init(crate);
        crate->file_name = bytes_of(plan->crates[i].file_name);
        crate->digest = (ProtobufCBinaryData){DIGEST_SIZE, plan->crates[i].digest.bytes};
        crate->searched = plan->crates[i].searched;
    }
    proto->plan.n_crates = plan->crate_count;
    proto->plan.crates = proto->crate_list;
}

static void files_to_proto(const struct plan *plan, struct proto_plan *proto)
{
    proto->files = xcalloc(plan->file_count, sizeof(*proto->files));
    proto->file_list = xcalloc(plan->file_count, sizeof(*proto->file_list));
    for (size_t i = 0; i < plan->file_count; i++) {
        Cleave__Unit__File *file = proto->file_list[i] = &proto->files[i];
        cleave__unit__file__init(file);
        file->name = bytes_of(plan->files[i].name);
        file->size = plan->files[i].size;
        if (!plan->files[i].is_dir)
            file->digest = (ProtobufCBinaryData){DIGEST_SIZE, plan->files[i].digest.bytes};
    }
    proto->plan.n_files = plan->file_count;
    proto->plan.files = proto->file_list;
}

static void list_to_proto(const struct strv *list, ProtobufCBinaryData **next, size_t *ret_count,
                          ProtobufCBinaryData **ret_items)
{
    *ret_count = list->len;
    *ret_items = *next;
    for (size_t i = 0; i < list->len; i++)
        *(*next)++ = bytes_of(list->items[i]);
}

static void lists_to_proto(const struct plan *plan, struct proto_plan *proto)
{
    Cleave__Unit__LinkPlan *to = &proto->plan;
    size_t count = plan->environment.len + plan->path_prefix.len + plan->debug_files.len;
    ProtobufCBinaryData *next = proto->bytes = xcalloc(count, sizeof(*proto->bytes));

    list_to_proto(&plan->environment, &next, &to->n_environment, &to->environment);
    list_to_proto(&plan->path_prefix, &next, &to->n_path_prefix, &to->path_prefix);
    list_to_proto(&plan->debug_files, &next, &to->n_debug_files, &to->debug_files);
}

static void set_text(char **to, char *text)
{
    if (text)
        *to = text;
}

static void plan_to_proto(const struct plan *plan, struct proto_plan *proto)
{
    Cleave__Unit__LinkPlan *to = &proto->plan;

    cleave__unit__link_plan__init(to);
    to->schema = PLAN_SCHEMA;
    to->reader_schema = PLAN_READER_SCHEMA;
    set_text(&to->rustc_version, plan->rustc_version);
    set_text(&to->target, plan->target);
    set_text(&to->crate_name, plan->crate_name);
    set_text(&to->crate_type, plan->crate_type);
    to->output_name = bytes_of(plan->output_name);
    to->linker = bytes_of(plan->linker);
    to->skeleton = bytes_of(plan->skeleton);
    if (plan->sysroot.text) {
        path_to_proto(&plan->sysroot, &proto->sysroot);
        to->sysroot = &proto->sysroot;
    }
    words_to_proto(plan, proto);
    crates_to_proto(plan, proto);
    files_to_proto(plan, proto);
    lists_to_proto(plan, proto);
}

static void proto_plan_release(struct proto_plan *proto)
{
    free(proto->parts);
    free(proto->part_list);
    free(proto->words);
    free(proto->word_list);
    free(proto->crates);
    free(proto->crate_list);
    free(proto->files);
    free(proto->file_list);
    free(proto->bytes);
}

void plan_encode(const struct plan *plan, struct buf *bytes)
{
    __attribute__((cleanup(proto_plan_release))) struct proto_plan proto = {0};

    plan_to_proto(plan, &proto);
    size_t len = cleave__unit__link_plan__get_packed_size(&proto.plan);
    buf_reserve(bytes, len);
    cleave__unit__link_plan__pack(&proto.plan, (uint8_t *)bytes->data + bytes->len);
    buf_set_len(bytes, bytes->len + len);
}

int plan_save(const struct plan *plan, const char *unit, struct error *err)
{
    auto_free char *path = path_join(unit, PLAN_FILE);
    auto_buf bytes = BUF_INIT;

    plan_encode(plan, &bytes);
    return fs_write_file(path, bytes.data, bytes.len, err);
}

/* Reading. */

/* A copy of the bytes; NULL, with an error, when they hold a NUL. */
static char *text_of(const ProtobufCBinaryData *bytes, struct error *err)
{
    if (bytes->len > 0 && memchr(bytes->data, '\0', bytes->len)) {
        error_set(err, ERROR_REFUSED, "a text in it holds a NUL byte");
        return NULL;
    }
    return bytes->len > 0 ? xstrndup((const char *)bytes->data, bytes->len) : xstrdup("");
}

static char *inside_of(const ProtobufCBinaryData *bytes, struct error *err)
{
    char *text = text_of(bytes, err);

    if (!text || path_is_inside(text))
        return text;
    error_set(err, ERROR_REFUSED, "the path '%s' in it leaves its directory", text);
    free(text);
    return NULL;
}

static int crate_index(const struct plan *plan, uint32_t index, struct part *part,
                       struct error *err)
{
    if (index >= plan->crate_count)
        return error_set(err, ERROR_REFUSED, "it names crate %u of %zu", index, plan->crate_count);
    part->crate = index;
    return 0;
}

static int path_from_proto(const Cleave__Unit__Path *path, struct part *part, struct error *err)
{
    part->kind = PART_PATH;
    part->was_absolute = path->was_absolute;
    part->outside = path->outside;
    part->text = text_of(&path->path, err);
    return part->text ? 0 : -1;
}

static int slot_from_proto(const Cleave__Unit__Slot *slot, struct part *part, struct error *err)
{
    switch (slot->kind) {
    case CLEAVE__UNIT__SLOT__KIND__NATIVES:
        part->kind = PART_NATIVES_SLOT;
        part->text = xstrdup(slot->crate);
        return 0;
    case CLEAVE__UNIT__SLOT__KIND__LINK_ARGS:
        part->kind = PART_LINK_ARGS_SLOT;
        return 0;
    default:
        return error_set(err, ERROR_REFUSED, "it has a slot of an unknown kind");
    }
}

static int bundled_from_proto(const struct plan *plan, const Cleave__Unit__BundledMember *bundled,
                              struct part *part, struct error *err)
{
    part->kind = PART_BUNDLED;
    part->crate = PLAN_NO_CRATE;
    part->text = inside_of(&bundled->member, err);
    if (!part->text)
        return -1;
    return bundled->has_crate ? crate_index(plan, bundled->crate, part, err) : 0;
}

static int run_path_from_proto(const struct plan *plan, const Cleave__Unit__RunPath *run_path,
                               struct part *part, struct error *err)
{
    switch (run_path->to_case) {
    case CLEAVE__UNIT__RUN_PATH__TO_CRATE:
        part->kind = PART_RUN_PATH_CRATE;
        return crate_index(plan, run_path->crate, part, err);
    case CLEAVE__UNIT__RUN_PATH__TO_SYSROOT_DIR:
        part->kind = PART_RUN_PATH_SYSROOT;
        part->text = inside_of(&run_path->sysroot_dir, err);
        return part->text ? 0 : -1;
    default:
        return error_set(err, ERROR_REFUSED, "it has a run path to an unknown place");
    }
}

static int text_part(enum part_kind kind, char *text, struct part *part)
{
    part->kind = kind;
    part->text = text;
    return text ? 0 : -1;
}

static int part_from_proto(const struct plan *plan, const Cleave__Unit__Part *proto,
                           struct part *part, struct error *err)
{
    switch (proto->value_case) {
    case CLEAVE__UNIT__PART__VALUE_LITERAL:
        return text_part(PART_LITERAL, text_of(&proto->literal, err), part);
    case CLEAVE__UNIT__PART__VALUE_UNIT_FILE:
        return text_part(PART_UNIT_FILE, inside_of(&proto->unit_file, err), part);
    case CLEAVE__UNIT__PART__VALUE_CRATE:
        part->kind = PART_CRATE;
        return crate_index(plan, proto->crate, part, err);
    case CLEAVE__UNIT__PART__VALUE_SYSROOT_FILE:
        return text_part(PART_SYSROOT_FILE, inside_of(&proto->sysroot_file, err), part);
    case CLEAVE__UNIT__PART__VALUE_BUNDLED:
        return bundled_from_proto(plan, proto->bundled, part, err);
    case CLEAVE__UNIT__PART__VALUE_PATH:
        return path_from_proto(proto->path, part, err);
    case CLEAVE__UNIT__PART__VALUE_OUTPUT:
        part->kind = PART_OUTPUT;
        return 0;
    case CLEAVE__UNIT__PART__VALUE_FURTHER_OUTPUT:
        return text_part(PART_FURTHER_OUTPUT, inside_of(&proto->further_output, err), part);
    case CLEAVE__UNIT__PART__VALUE_SLOT:
        return slot_from_proto(proto->slot, part, err);
    case CLEAVE__UNIT__PART__VALUE_RUN_PATH:
        return run_path_from_proto(plan, proto->run_path, part, err);
    default:
        return error_set(err, ERROR_REFUSED, "it has an argument of an unknown kind");
    }
}

static int words_from_proto(const Cleave__Unit__LinkPlan *proto, struct plan *plan,
                            struct error *err)
{
    for (size_t i = 0; i < proto->n_words; i++) {
        struct word *word = plan_add_word(plan);
        for (size_t j = 0; j < proto->words[i]->n_parts; j++) {
            struct part *part = word_add_part(word, PART_LITERAL, NULL);
            if (part_from_proto(plan, proto->words[i]->parts[j], part, err) < 0)
                return -1;
        }
    }
    return 0;
}

static int digest_from_proto(const ProtobufCBinaryData *bytes, struct digest *ret_digest,
                             struct error *err)
{
    if (bytes->len != DIGEST_SIZE)
        return error_set(err, ERROR_REFUSED, "a digest in it has %zu bytes, not %d", bytes->len,
                         DIGEST_SIZE);
    memcpy(ret_digest->bytes, bytes->data, DIGEST_SIZE);
    return 0;
}

static int crates_from_proto(const Cleave__Unit__LinkPlan *proto, struct plan *plan,
                             struct error *err)
{
    if (proto->n_crates > PLAN_CRATES_CAP)
        return error_set(err, ERROR_REFUSED, "it has more than %u crates", PLAN_CRATES_CAP);
    for (size_t i = 0; i < proto->n_crates; i++) {
        struct digest digest;
        auto_free char *name = inside_of(&proto->crates[i]->file_name, err);
        if (!name || digest_from_proto(&proto->crates[i]->digest, &digest, err) < 0)
            return -1;
        if (plan_add_crate(plan, name, &digest) != i)
            return error_set(err, ERROR_REFUSED, "it has the crate %s twice", name);
        plan->crates[i].searched = proto->crates[i]->searched;
    }
    return 0;
}

static int files_from_proto(const Cleave__Unit__LinkPlan *proto, struct plan *plan,
                            struct error *err)
{
    for (size_t i = 0; i < proto->n_files; i++) {
        auto_free char *name = inside_of(&proto->files[i]->name, err);
        if (!name)
            return -1;
        struct plan_file *file = plan_add_entry(plan, name);
        file->size = proto->files[i]->size;
        file->is_dir = proto->files[i]->digest.len == 0;
        if (!file->is_dir && digest_from_proto(&proto->files[i]->digest, &file->digest, err) < 0)
            return -1;
    }
    return 0;
}

/* TAKE is text_of or inside_of. */
static int list_from_proto(const ProtobufCBinaryData *items, size_t count,
                           char *take(const ProtobufCBinaryData *, struct error *),
                           struct strv *list, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        char *text = take(&items[i], err);
        if (!text)
            return -1;
        strv_push_take(list, text);
    }
    return 0;
}

static int identity_from_proto(const Cleave__Unit__LinkPlan *proto, struct plan *plan,
                               struct error *err)
{
    plan->rustc_version = proto->rustc_version[0] ? xstrdup(proto->rustc_version) : NULL;
    plan->target = xstrdup(proto->target);
    plan->crate_name = xstrdup(proto->crate_name);
    plan->crate_type = xstrdup(proto->crate_type);
    plan->output_name = inside_of(&proto->output_name, err);
    plan->linker = text_of(&proto->linker, err);
    if (!plan->output_name || !plan->linker)
        return -1;
    if (proto->skeleton.len > 0 && !(plan->skeleton = inside_of(&proto->skeleton, err)))
        return -1;
    return proto->sysroot ? path_from_proto(proto->sysroot, &plan->sysroot, err) : 0;
}

static int plan_from_proto(const Cleave__Unit__LinkPlan *proto, struct plan *plan,
                           struct error *err)
{
    if (proto->reader_schema > PLAN_SCHEMA)
        return error_set(err, ERROR_REFUSED,
                         "it was written by a newer cleave (it needs schema %u, this cleave knows "
                         "%d); use that cleave, or run codegen again with this one",
                         proto->reader_schema, PLAN_SCHEMA);
    if (proto->schema == 0)
        return error_set(err, ERROR_REFUSED, "it is not the plan of a link unit");
    if (identity_from_proto(proto, plan, err) < 0 || crates_from_proto(proto, plan, err) < 0 ||
        words_from_proto(proto, plan, err) < 0 || files_from_proto(proto, plan, err) < 0)
        return -1;
    if (list_from_proto(proto->environment, proto->n_environment, text_of, &plan->environment,
                        err) < 0 ||
        list_from_proto(proto->path_prefix, proto->n_path_prefix, inside_of, &plan->path_prefix,
                        err) < 0 ||
        list_from_proto(proto->debug_files, proto->n_debug_files, inside_of, &plan->debug_files,
                        err) < 0)
        return -1;
    return plan_check(plan, err);
}

int plan_parse(const void *data, size_t len, const char *name, struct plan *ret_plan,
               struct error *err)
{
    Cleave__Unit__LinkPlan *proto = cleave__unit__link_plan__unpack(NULL, len, data);
    auto_plan plan = PLAN_INIT;

    if (!proto)
        return error_set(err, ERROR_REFUSED, "%s is damaged, or not the plan of a link unit", name);
    int status = plan_from_proto(proto, &plan, err);
    cleave__unit__link_plan__free_unpacked(proto, NULL);
    if (status < 0)
        return error_prefix(err, "cannot use %s", name);
    *ret_plan = plan;
    plan = (struct plan)PLAN_INIT;
    return 0;
}

int plan_load(const char *unit, struct plan *ret_plan, struct error *err)
{
    auto_free char *path = path_join(unit, PLAN_FILE);
    auto_buf data = BUF_INIT;

    if (!fs_is_dir(unit))
        return error_set(err, ERROR_REFUSED, "%s is not a link unit: it is not a directory", unit);
    if (!fs_exists(path))
        return error_set(err, ERROR_REFUSED, "%s is not a link unit: it has no " PLAN_FILE, unit);
    if (fs_read_file(path, PLAN_SIZE_CAP, &data, err) < 0)
        return -1;
    return plan_parse(data.data, data.len, path, ret_plan, err);
}
