/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* rustc's command line, one argument a line: what is parsed and written is parsed alike. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rust/rustc_command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Splits the input into arguments, without those that would read files. */
static void split(const char *text, struct strv *args)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (text[0] != '@')
            strv_push_len(args, text, len);
        text += len + (text[len] == '\n');
    }
}

static void ask_everything(const struct rustc_command *command)
{
    const char *value;

    rustc_command_find(command, RUSTC_CODEGEN, "opt-level", &value);
    rustc_command_find(command, RUSTC_UNSTABLE, "no-link", &value);
    rustc_command_lto(command);
    rustc_command_is_query(command);
    rustc_command_emits(command, "link");
    rustc_command_emit_path(command, "dep-info");
    free(rustc_command_crate_name(command));
    free(rustc_command_output_dir(command));
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].kind == RUSTC_EXTERN)
            free(xstrndup(rustc_extern_of(command->options[i].value).name,
                          rustc_extern_of(command->options[i].value).name_len));
        if (command->options[i].kind == RUSTC_SEARCH)
            free(xstrdup(rustc_search_of(command->options[i].value).path));
    }
}

static void check_again(const struct rustc_command *command)
{
    auto_rustc_command again = RUSTC_COMMAND_INIT;
    auto_error err = ERROR_INIT;

    for (size_t i = 0; i < command->words.len; i++)
        if (command->words.items[i][0] == '@')
            return; /* "-o" and "@file" on the next line never come from rustc's expansion */
    if (rustc_command_parse(command->words.items, command->words.len, &again, &err) < 0 ||
        again.option_count != command->option_count || again.words.len != command->words.len)
        abort();
    for (size_t i = 0; i < again.words.len; i++)
        if (strcmp(again.words.items[i], command->words.items[i]) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_free char *text = xstrndup((const char *)data, size);
    auto_strv args = STRV_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;
    auto_error err = ERROR_INIT;

    split(text, &args);
    if (rustc_command_parse(args.items, args.len, &command, &err) < 0)
        return 0;
    ask_everything(&command);
    check_again(&command);
    return 0;
}
