/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a driver or collect2 prints. An answer that was understood, made a pattern and filled again
 * for the same line, must come back; gcc's options must too.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "unit/driver_answer.h"
#include "unit/driver_collect2.h"
#include "unit/driver_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_options(const char *text)
{
    auto_strv words = STRV_INIT;
    auto_buf back = BUF_INIT;

    if (!gcc_options_decode(text, &words))
        return;
    for (size_t i = 0; i < words.len; i++)
        gcc_options_encode(words.items[i], &back);
    if (strcmp(back.data, text) != 0)
        abort();
}

/* Reads the command as a line whose output is "x", and that line as the answer to itself. */
static void check_pattern(const struct strv *command)
{
    auto_driver_line line = DRIVER_LINE_INIT;
    auto_strv pattern = STRV_INIT;
    auto_strv filled = STRV_INIT;

    if (!driver_line_read(command->items, command->len, "x", "scr", &line))
        return;
    driver_pattern_make(&line, command, PLACE_COMMAND, &pattern);
    if (!driver_pattern_fill(&line, &pattern, &filled) || filled.len != command->len)
        abort();
    for (size_t i = 0; i < filled.len; i++)
        if (strcmp(filled.items[i], command->items[i]) != 0 &&
            !strstr(command->items[i], line.asked_stem))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_free char *text = xstrndup((const char *)data, size);
    free(collect2_linker_in(text));
    auto_driver_answer answer = DRIVER_ANSWER_INIT;
    auto_strv handed_on = STRV_INIT;

    check_options(text);
    if (!driver_answer_parse((const char *)data, size, &answer))
        return 0;
    if (!answer.self || answer.command.len == 0)
        abort();
    if (collect2_hand_on(&answer.command, &answer.settings, &handed_on) &&
        handed_on.len >= answer.command.len)
        abort();
    check_pattern(&answer.command);
    return 0;
}
