/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Addresses. gRPC doesn't say why it can't listen on one, is content with a part of a name's
 * addresses, and removes whatever socket file is in the way: each address is tried here before it
 * is given to gRPC.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <grpc/grpc_security.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/unix_socket.h"
#include "rpc/server_private.h"
#include "rpc/tls.h"

#define PORT_MAX 65535

/* HOST:PORT in two parts, the brackets of an IPv6 address removed. */
struct host_port {
    char *host, *port; /* owned */
};

static void host_port_release(struct host_port *parts)
{
    free(parts->host);
    free(parts->port);
}

#define auto_host_port __attribute__((cleanup(host_port_release))) struct host_port

static bool is_port(const char *text)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    return strtoul(text, &end, 10) <= PORT_MAX && *end == '\0';
}

static bool split(const char *text, struct host_port *ret_parts)
{
    const char *colon = strrchr(text, ':');

    if (!colon || colon == text || !is_port(colon + 1))
        return false;
    size_t len = (size_t)(colon - text);
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (text[0] == '[' || memchr(text, ':', len)) {
        return false;
    }
    ret_parts->host = xstrndup(text, len);
    ret_parts->port = xstrdup(colon + 1);
    return true;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool rpc_address_is_local(const char *address)
{
    const char *rest = after_prefix(address, "tcp:");
    auto_host_port parts = {NULL, NULL};

    if (!rest)
        return has_prefix(address, "unix:");
    return split(rest, &parts) && is_loopback(parts.host);
}

/* Whether somebody could listen there: 0, or an errno value. */
static int try_to_bind(int family, const struct sockaddr *address, socklen_t len)
{
    auto_fd int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;

    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    return bind(fd, address, len) == 0 ? 0 : errno;
}

static void set_port(struct addrinfo *info, int port)
{
    if (info->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)info->ai_addr)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)(void *)info->ai_addr)->sin_port = htons((uint16_t)port);
}

/* The address as gRPC reads it. Owned by caller. */
static char *spell(const struct addrinfo *info)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return xstrdup("");
    return xasprintf(info->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* A name may have an address of a kind that this machine hasn't (::1, mostly): no mistake. */
static bool is_absent(int errnum)
{
    return errnum == EADDRNOTAVAIL || errnum == EAFNOSUPPORT;
}

/* Listens on all of the list, on one port. *PORT is the port to take, and becomes the one taken. */
static int add_tcp_ports(struct rpc_server *server, const char *address, struct addrinfo *list,
                         grpc_server_credentials *credentials, int *port, struct error *err)
{
    int absent = 0;
    bool any = false;

    for (struct addrinfo *info = list; info; info = info->ai_next) {
        set_port(info, *port);
        int errnum = try_to_bind(info->ai_family, info->ai_addr, info->ai_addrlen);
        if (is_absent(errnum)) {
            absent = errnum;
            continue;
        }
        if (errnum != 0)
            return error_set_errno(err, errnum, "cannot listen on %s", address);
        auto_free char *text = spell(info);
        int bound = grpc_server_add_http2_port(server->grpc, text, credentials);
        if (bound <= 0)
            return error_set(err, ERROR_FAILURE, "cannot listen on %s: it is taken", address);
        *port = bound;
        any = true;
    }
    return any ? 0 : error_set_errno(err, absent, "cannot listen on %s", address);
}

static int listen_tcp(struct rpc_server *server, const char *address,
                      grpc_server_credentials *credentials, int *ret_port, struct error *err)
{
    static const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                          .ai_family = AF_UNSPEC,
                                          .ai_socktype = SOCK_STREAM};
    auto_host_port parts = {NULL, NULL};
    struct addrinfo *list;

    if (!split(after_prefix(address, "tcp:"), &parts))
        return error_set(err, ERROR_USAGE, "%s is not tcp:HOST:PORT or tcp:[IPV6]:PORT", address);
    int failed = getaddrinfo(parts.host, parts.port, &hints, &list);
    if (failed)
        return error_set(err, ERROR_FAILURE, "cannot listen on %s: %s", address,
                         gai_strerror(failed));
    int port = (int)strtoul(parts.port, NULL, 10);
    int status = add_tcp_ports(server, address, list, credentials, &port, err);
    freeaddrinfo(list);
    if (status == 0)
        *ret_port = port;
    return status;
}

/* Whether a socket file can be made there; leaves none. */
static int try_unix(const char *path, const struct sockaddr_un *name, struct error *err)
{
    int errnum = try_to_bind(AF_UNIX, (const struct sockaddr *)name, sizeof(*name));

    if (errnum != 0)
        return error_set_errno(err, errnum, "cannot listen on unix:%s", path);
    unlink(path);
    return 0;
}

/* gRPC takes the path with %XX in it. Owned by caller. */
static char *spell_unix(const char *path)
{
    auto_buf text = BUF_INIT;

    buf_add_str(&text, path);
    buf_replace(&text, "%", "%25");
    return xasprintf("unix:%s", text.data);
}

static int listen_unix(struct rpc_server *server, const char *address,
                       grpc_server_credentials *credentials, int *ret_port, struct error *err)
{
    const char *path = after_prefix(address, "unix:");
    struct sockaddr_un name;

    if (unix_socket_address(path, &name, err) < 0 || unix_socket_clear(path, err) < 0)
        return error_prefix(err, "cannot listen on %s", address);
    if (try_unix(path, &name, err) != 0)
        return -1;
    auto_free char *text = spell_unix(path);
    mode_t mask = umask(0077);
    int bound = grpc_server_add_http2_port(server->grpc, text, credentials);
    umask(mask);
    if (bound <= 0)
        return error_set(err, ERROR_FAILURE, "cannot listen on %s", address);
    if (chmod(path, 0600) != 0)
        return error_set_errno(err, errno, "cannot change the mode of %s", path);
    *ret_port = 0;
    return 0;
}

int rpc_server_listen(struct rpc_server *server, const char *address, const struct rpc_tls *tls,
                      int *ret_port, struct error *err)
{
    bool is_unix = has_prefix(address, "unix:");
    grpc_server_credentials *credentials;

    assert(!server->started);
    if (!is_unix && !has_prefix(address, "tcp:"))
        return error_set(err, ERROR_USAGE, "%s is neither unix:PATH nor tcp:HOST:PORT", address);
    if (tls_credentials(tls, &credentials, err) != 0)
        return -1;
    int status = (is_unix ? listen_unix : listen_tcp)(server, address, credentials, ret_port, err);
    grpc_server_credentials_release(credentials);
    return status;
}
