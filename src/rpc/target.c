/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/target.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/memory.h"
#include "base/path.h"

#define HOST_MAX 255
#define PORT_MAX 65535

static const struct scheme {
    const char *prefix;
    bool tls;
    const char *default_port; /* NULL: one has to be given */
    const char *uri_scheme;
} schemes[] = {
    {"grpc://", false, NULL, "http"},
    {"tcp:", false, NULL, "http"},
    {"grpcs://", true, "443", "https"},
};

void rpc_target_release(struct rpc_target *target)
{
    free(target->name);
    free(target->uri);
    *target = (struct rpc_target)RPC_TARGET_INIT;
}

static int refuse(const char *address, const char *why, struct error *err)
{
    return error_set(err, ERROR_USAGE,
                     "the address %s %s; one is grpc://HOST:PORT, grpcs://HOST:PORT or unix:PATH",
                     address, why);
}

/* The length of the host in front of its port: up to the ']' of an IPv6 address, else to a ':'. */
static size_t host_length(const char *text)
{
    if (*text != '[')
        return strcspn(text, ":");
    size_t len = strcspn(text, "]");
    return len + (text[len] == ']');
}

static bool is_host(const char *host, size_t len)
{
    static const char marks[] = ".-_[]:%";

    if (len == 0 || len > HOST_MAX || (*host == '[') != (host[len - 1] == ']'))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)host[i]) && !strchr(marks, host[i]))
            return false;
    return true;
}

static bool is_port(const char *text)
{
    unsigned long port = 0;
    size_t len = strlen(text);

    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        port = 10 * port + (unsigned long)(text[i] - '0');
    }
    return port >= 1 && port <= PORT_MAX;
}

static int parse_host(const char *address, const struct scheme *scheme,
                      struct rpc_target *ret_target, struct error *err)
{
    const char *host = address + strlen(scheme->prefix);
    size_t len = host_length(host);
    const char *port = host[len] == ':' ? host + len + 1 : scheme->default_port;

    if (!is_host(host, len))
        return refuse(address, "names no host", err);
    if (host[len] != ':' && host[len] != '\0')
        return refuse(address, "has something after its host that is no port", err);
    if (!port)
        return refuse(address, "has no port", err);
    if (!is_port(port))
        return refuse(address, "has a port that isn't a number from 1 to 65535", err);
    ret_target->name = xasprintf("dns:///%.*s:%s", (int)len, host, port);
    ret_target->uri = xasprintf("%s://%.*s:%s", scheme->uri_scheme, (int)len, host, port);
    ret_target->tls = scheme->tls;
    return 0;
}

static int parse_unix(const char *address, const char *path, struct rpc_target *ret_target,
                      struct error *err)
{
    struct sockaddr_un room;

    if (*path == '\0')
        return refuse(address, "names no socket file", err);
    if (strlen(path) >= sizeof(room.sun_path))
        return refuse(address, "has a path that is too long for a socket", err);
    ret_target->name = xstrdup(address);
    ret_target->uri = xstrdup(address);
    ret_target->tls = false;
    return 0;
}

int rpc_target_parse(const char *address, struct rpc_target *ret_target, struct error *err)
{
    const char *path = after_prefix(address, "unix:");

    if (path)
        return parse_unix(address, path, ret_target, err);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (has_prefix(address, schemes[i].prefix))
            return parse_host(address, &schemes[i], ret_target, err);
    return refuse(address, "is of no kind that cleaved knows", err);
}
