/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_rewrite.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

void rustc_rewrite_begin(struct rustc_rewrite *rewrite, const struct rustc_command *command)
{
    rewrite->command = command;
    rewrite->values = xcalloc(command->option_count, sizeof(*rewrite->values));
    rewrite->dropped = xcalloc(command->option_count, sizeof(*rewrite->dropped));
}

void rustc_rewrite_release(struct rustc_rewrite *rewrite)
{
    for (size_t i = 0; rewrite->values && i < rewrite->command->option_count; i++)
        free(rewrite->values[i]);
    free(rewrite->values);
    free(rewrite->dropped);
    strv_release(&rewrite->added);
    *rewrite = (struct rustc_rewrite)RUSTC_REWRITE_INIT;
}

void rustc_rewrite_set(struct rustc_rewrite *rewrite, size_t index, char *value)
{
    assert(rewrite->command->options[index].value);
    free(rewrite->values[index]);
    rewrite->values[index] = value;
}

bool rustc_rewrite_drop(struct rustc_rewrite *rewrite, enum rustc_option_kind kind,
                        const char *name)
{
    bool found = false;

    for (size_t i = 0; i < rewrite->command->option_count; i++) {
        const struct rustc_option *option = &rewrite->command->options[i];
        if (option->kind != kind || !rustc_option_is_named(option, name))
            continue;
        rewrite->dropped[i] = true;
        found = true;
    }
    return found;
}

void rustc_rewrite_words(const struct rustc_rewrite *rewrite, struct strv *argv)
{
    char *const *words = rewrite->command->words.items;

    for (size_t i = 0; i < rewrite->command->option_count; i++) {
        const struct rustc_option *option = &rewrite->command->options[i];
        if (rewrite->dropped[i])
            continue;
        if (!rewrite->values[i]) {
            strv_push_all(argv, words + option->first, option->count);
        } else if (option->count == 2) {
            strv_push(argv, words[option->first]);
            strv_push(argv, rewrite->values[i]);
        } else {
            const char *word = words[option->first];
            strv_pushf(argv, "%.*s%s", (int)(option->value - word), word, rewrite->values[i]);
        }
    }
    strv_push_all(argv, rewrite->added.items, rewrite->added.len);
}
