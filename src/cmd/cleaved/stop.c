/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd/cleaved/command.h"
#include "cmd/cleaved/places.h"
#include "local/caller.h"
#include "server/daemon.h"

/* The grace, and time to cancel what runs and to save the index. */
#define WAIT_MS (DAEMON_GRACE_MS + 30000)

static int stop(const char *local_socket, struct error *err)
{
    auto_places places = PLACES_INIT;
    auto_caller caller = CALLER_INIT;

    if (places_find(NULL, local_socket, &places, err) < 0)
        return -1;
    int answer = caller_open(places.local_socket, &caller, err);
    if (answer < 0)
        return -1;
    if (answer == CALLER_NOBODY) {
        printf("no cleaved listens on %s\n", places.local_socket);
        return 0;
    }
    if (caller_stop(&caller, err) != 0)
        return -1;
    return caller_wait_end(&caller, WAIT_MS, err);
}

int command_stop(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    const char *local_socket = NULL;
    const struct option options[] = {LOCAL_SOCKET_OPTION(&local_socket)};
    const struct option_table table = {
        .usage = "cleaved stop [OPTION]…",
        .summary =
            "Ends the running service, and returns when it has ended: calls that run have a few\n"
            "seconds, actions that run are cancelled after that. That none runs is no error.",
        .example = "cleaved stop",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)ret_status;
    int status = command_parse(&table, argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    return stop(local_socket, err);
}
