/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the service has its files, for all commands alike. */

#include <stdbool.h>

#include "base/error.h"
#include "base/options.h"

struct places {
    char *runtime; /* the user's runtime directory */
    char *reapi_socket, *local_socket;
    char *store;
};

#define PLACES_INIT                                                                                \
    {                                                                                              \
        NULL, NULL, NULL, NULL                                                                     \
    }

void places_release(struct places *places);
#define auto_places __attribute__((cleanup(places_release))) struct places

/* The option that all commands have. */
#define LOCAL_SOCKET_OPTION(target)                                                                \
    {                                                                                              \
        "--local-socket", "PATH", "the socket for cleaved's own commands, if not local.sock",      \
            .ret_text = (target)                                                                   \
    }

/* All absolute. STORE and LOCAL_SOCKET: what the user has chosen, or NULL. Nothing is made. */
int places_find(const char *store, const char *local_socket, struct places *ret_places,
                struct error *err) must_check;

/* Makes the store's directory, and the runtime directory if WITH_RUNTIME. */
int places_make(const struct places *places, bool with_runtime, struct error *err) must_check;
