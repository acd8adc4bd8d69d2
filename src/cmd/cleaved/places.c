/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cleaved/places.h"

#include <unistd.h>

#include "base/cache.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "local/socket.h"

void places_release(struct places *places)
{
    free(places->runtime);
    free(places->reapi_socket);
    free(places->local_socket);
    free(places->store);
    *places = (struct places)PLACES_INIT;
}

static char *default_store(void)
{
    auto_free char *cache = cache_folder(environ);

    return cache ? path_join(cache, "store") : NULL;
}

int places_find(const char *store, const char *local_socket, struct places *ret_places,
                struct error *err)
{
    auto_free char *here = NULL;
    auto_free char *usual_store = default_store();
    auto_places places = PLACES_INIT;

    if (!store && !usual_store)
        return error_set(err, ERROR_USAGE,
                         "there is no place for the store: give --store DIR, or set HOME or "
                         "XDG_CACHE_HOME");
    if (fs_getcwd(&here, err) < 0)
        return -1;
    places.runtime = runtime_dir(environ);
    places.store = path_join(here, store ? store : usual_store);
    places.reapi_socket = path_join(places.runtime, REAPI_SOCKET);
    places.local_socket =
        local_socket ? path_join(here, local_socket) : path_join(places.runtime, LOCAL_SOCKET);
    *ret_places = places;
    places = (struct places)PLACES_INIT;
    return 0;
}

int places_make(const struct places *places, bool with_runtime, struct error *err)
{
    if (with_runtime && runtime_dir_make(places->runtime, err) < 0)
        return -1;
    return fs_mkdir_all(places->store, err);
}
