/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_manifest.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

static const struct {
    const char *heading;
    enum cargo_target_kind kind;
} tables[] = {
    {"[lib]", CARGO_TARGET_LIB},
    {"[[bin]]", CARGO_TARGET_BIN},
    {"[[test]]", CARGO_TARGET_TEST},
    {"[[example]]", CARGO_TARGET_EXAMPLE},
};

#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

struct section {
    size_t table; /* TABLE_COUNT: another */
    char *name;   /* NULL: not said */
    bool bare;    /* harness = false */
};

static bool is_of(const struct section *section, const struct cargo_target *target)
{
    enum cargo_target_kind kind = tables[section->table].kind;

    if (kind == CARGO_TARGET_LIB)
        return target->kind == CARGO_TARGET_LIB || target->kind == CARGO_TARGET_PROC_MACRO;
    return target->kind == kind && section->name && strcmp(target->name, section->name) == 0;
}

static void end_section(struct section *section, struct cargo_package *package)
{
    if (section->table < TABLE_COUNT && section->bare)
        for (size_t i = 0; i < package->target_len; i++)
            if (is_of(section, &package->targets[i]))
                package->targets[i].harness = false;
    free(section->name);
    *section = (struct section){TABLE_COUNT, NULL, false};
}

/* The text without blanks outside of quotes and without a comment. */
static char *squeeze(const char *line)
{
    auto_buf out = BUF_INIT;
    char quote = '\0';

    for (; *line && (quote || *line != '#'); line++) {
        if (quote ? *line == quote : *line == '"' || *line == '\'')
            quote = quote ? '\0' : *line;
        if (quote || !isspace((unsigned char)*line))
            buf_add_char(&out, *line);
    }
    return buf_detach(&out);
}

static void read_line(struct section *section, const char *line, struct cargo_package *package)
{
    auto_free char *text = squeeze(line);
    const char *name = after_prefix(text, "name=");

    if (text[0] == '[') {
        end_section(section, package);
        for (size_t i = 0; i < TABLE_COUNT; i++)
            if (strcmp(text, tables[i].heading) == 0)
                section->table = i;
    } else if (name && strlen(name) >= 2 && !section->name) {
        section->name = xstrndup(name + 1, strlen(name) - 2);
    } else if (strcmp(text, "harness=false") == 0) {
        section->bare = true;
    }
}

void cargo_manifest_apply(const char *text, size_t len, struct cargo_package *package)
{
    struct section section = {TABLE_COUNT, NULL, false};

    for (size_t at = 0; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        size_t end = newline ? (size_t)(newline - text) : len;
        auto_free char *line = xstrndup(text + at, end - at);
        read_line(&section, line, package);
        at = end + 1;
    }
    end_section(&section, package);
}

int cargo_manifests_apply(struct cargo_packages *packages, struct error *err)
{
    for (size_t i = 0; i < packages->len; i++) {
        struct cargo_package *package = &packages->items[i];
        auto_buf text = BUF_INIT;
        if (!package->is_member)
            continue;
        if (fs_read_file(package->manifest, CARGO_MANIFEST_SIZE_CAP, &text, err) < 0)
            return -1;
        cargo_manifest_apply(text.data, text.len, package);
    }
    return 0;
}
