/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_command.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"

/* rustc's name for a crate read from standard input. */
#define UNNAMED_CRATE "rust_out"

static bool same_name(const char *given, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (given[i] != name[i] && !(given[i] == '_' && name[i] == '-') &&
            !(given[i] == '-' && name[i] == '_'))
            return false;
    return true;
}

bool rustc_option_is_named(const struct rustc_option *option, const char *name)
{
    size_t len = strlen(name);

    return strcspn(option->value, "=") == len && same_name(option->value, name, len);
}

bool rustc_command_find(const struct rustc_command *command, enum rustc_option_kind kind,
                        const char *name, const char **ret_value)
{
    size_t len = strlen(name);

    for (size_t i = command->option_count; i-- > 0;) {
        const struct rustc_option *option = &command->options[i];
        if (option->kind != kind || !rustc_option_is_named(option, name))
            continue;
        *ret_value = option->value[len] == '=' ? option->value + len + 1 : NULL;
        return true;
    }
    return false;
}

/* What rustc prints while it goes on to link; every other --print ends it. */
static const char *const prints_on_the_way[] = {"link-args", "native-static-libs"};

static bool print_is_query(const char *value)
{
    size_t len = strcspn(value, "=");

    for (size_t i = 0; i < sizeof(prints_on_the_way) / sizeof(prints_on_the_way[0]); i++)
        if (strlen(prints_on_the_way[i]) == len && memcmp(prints_on_the_way[i], value, len) == 0)
            return false;
    return true;
}

static bool option_is_query(const struct rustc_option *option)
{
    switch (option->kind) {
    case RUSTC_ANSWER:
        return true;
    case RUSTC_PRINT:
        return print_is_query(option->value);
    case RUSTC_LINT:
    case RUSTC_UNSTABLE:
        return strcmp(option->value, "help") == 0;
    case RUSTC_CODEGEN:
        return strcmp(option->value, "help") == 0 || strcmp(option->value, "passes=list") == 0;
    default:
        return false;
    }
}

bool rustc_command_is_query(const struct rustc_command *command)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (option_is_query(&command->options[i]))
            return true;
    return command->option_count == 0;
}

static bool emit_is(const char *emit, const char *kind)
{
    const char *rest = after_prefix(emit, kind);

    return rest && (*rest == '\0' || *rest == '=');
}

bool rustc_command_emits(const struct rustc_command *command, const char *kind)
{
    for (size_t i = 0; i < command->emits.len; i++)
        if (emit_is(command->emits.items[i], kind))
            return true;
    return command->emits.len == 0 && strcmp(kind, "link") == 0;
}

const char *rustc_command_emit_path(const struct rustc_command *command, const char *kind)
{
    for (size_t i = command->emits.len; i-- > 0;) {
        const char *emit = command->emits.items[i];
        if (!emit_is(emit, kind))
            continue;
        const char *equals = strchr(emit, '=');
        return equals ? equals + 1 : NULL;
    }
    return NULL;
}

enum rustc_lto rustc_command_lto(const struct rustc_command *command)
{
    static const char *const none[] = {"no", "n", "off", "false"};
    const char *value = NULL;

    if (!rustc_command_find(command, RUSTC_CODEGEN, "lto", &value))
        return RUSTC_LTO_NONE;
    if (!value)
        return RUSTC_LTO_FAT;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (strcmp(value, none[i]) == 0)
            return RUSTC_LTO_NONE;
    return strcmp(value, "thin") == 0 ? RUSTC_LTO_THIN : RUSTC_LTO_FAT;
}

char *rustc_command_crate_name(const struct rustc_command *command)
{
    if (command->crate_name)
        return xstrdup(command->crate_name);
    if (!command->input || strcmp(command->input, "-") == 0)
        return xstrdup(UNNAMED_CRATE);
    const char *base = path_basename(command->input);
    const char *dot = strrchr(base, '.');
    char *name = dot && dot > base ? xstrndup(base, (size_t)(dot - base)) : xstrdup(base);
    for (char *at = name; *at; at++)
        if (*at == '-')
            *at = '_';
    return name;
}

char *rustc_command_output_dir(const struct rustc_command *command)
{
    if (command->output)
        return strchr(command->output, '/') ? path_dirname(command->output) : xstrdup("");
    return xstrdup(command->out_dir ? command->out_dir : "");
}

struct rustc_extern rustc_extern_of(const char *value)
{
    size_t spec_len = strcspn(value, "=");
    const char *colon = memchr(value, ':', spec_len);
    const char *name = colon ? colon + 1 : value;
    const char *path = value[spec_len] == '=' ? value + spec_len + 1 : NULL;

    return (struct rustc_extern){name, (size_t)(value + spec_len - name), path};
}

struct rustc_search rustc_search_of(const char *value)
{
    static const char *const kinds[] = {"dependency", "crate", "native", "framework", "all"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *rest = after_prefix(value, kinds[i]);
        if (rest && *rest == '=')
            return (struct rustc_search){kinds[i], rest + 1};
    }
    return (struct rustc_search){"all", value};
}
