/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * load ADDRESS SEED MODE [WORD…] makes a server of the Remote Execution API work, and prints how
 * long it took, as a JSON object. Modes that need no server take any word for it. Whatever isn't
 * answered well ends it with a message.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"

static void mode_ready(const struct work *work, struct outcome *ret_outcome)
{
    (void)work;
    (void)ret_outcome;
}

static const struct mode {
    const char *name;
    const char *words;
    int least; /* words */
    bool needs_server;
    mode_fn *run;
} modes[] = {
    {"ready", "", 0, true, mode_ready},
    {"write", "COUNT SIZE IN_FLIGHT CHUNK", 4, true, mode_write},
    {"read", "COUNT SIZE IN_FLIGHT", 3, true, mode_read},
    {"inputs", "COUNT SIZE IN_FLIGHT", 3, true, mode_inputs},
    {"batch-write", "COUNT SIZE IN_FLIGHT", 3, true, mode_batch_write},
    {"batch-read", "COUNT SIZE IN_FLIGHT", 3, true, mode_batch_read},
    {"execute", "COUNT IN_FLIGHT FILES PROGRAM [ARGUMENT…]", 4, true, mode_execute},
    {"spawn", "COUNT PROGRAM [ARGUMENT…]", 2, false, mode_spawn},
    {"fill", "SERVER DIR COUNT", 3, false, mode_fill},
};

#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

uint64_t parse_number(const char *text)
{
    char *end;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number == 0)
        fail("%s is not a number from 1 on", text);
    return number;
}

_Noreturn static void show_usage(void)
{
    fputs("usage: load ADDRESS SEED MODE, a mode being\n", stderr);
    for (size_t i = 0; i < MODE_COUNT; i++)
        fprintf(stderr, "    %s %s\n", modes[i].name, modes[i].words);
    exit(EXIT_FAILURE);
}

static const struct mode *find_mode(int argc, char **argv)
{
    for (size_t i = 0; argc > 3 && i < MODE_COUNT; i++)
        if (strcmp(modes[i].name, argv[3]) == 0 && argc - 4 >= modes[i].least)
            return &modes[i];
    show_usage();
}

static void print(const struct outcome *outcome)
{
    const struct times *times = &outcome->times;

    printf("{\"seconds\": %.6f, \"things\": %zu, \"bytes\": %" PRIu64
           ", \"median_ms\": %.3f, \"most_ms\": %.3f}\n",
           times->seconds, outcome->things, outcome->bytes, times->median_ms, times->most_ms);
}

int main(int argc, char **argv)
{
    const struct mode *mode = find_mode(argc, argv);
    struct work work = {.seed = parse_number(argv[2]), .words = argv + 4};
    struct outcome outcome = {.things = 0};

    if (mode->needs_server)
        work.client = client_new(argv[1]);
    mode->run(&work, &outcome);
    print(&outcome);
    if (work.client)
        client_free(work.client);
    return EXIT_SUCCESS;
}
