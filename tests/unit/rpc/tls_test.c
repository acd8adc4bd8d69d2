/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/tls.h"

#include "base/memory.h"
#include "rpc/server.h"
#include "support/rpc_client.h"
#include "support/test.h"

/* A certificate that signs others: NAME.crt and NAME.key. */
static void make_ca(const char *name)
{
    auto_free char *subject = xasprintf("/CN=%s", name);
    auto_free char *cert = xasprintf("%s.crt", name);
    auto_free char *key = xasprintf("%s.key", name);

    test_run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-noenc", "-subj", subject, "-days", "2", "-keyout", key, "-out", cert, NULL);
}

/* NAME.crt and NAME.key, for localhost, signed by CA. */
static void make_certificate(const char *name, const char *ca)
{
    auto_free char *cert = xasprintf("%s.crt", name);
    auto_free char *key = xasprintf("%s.key", name);
    auto_free char *ca_cert = xasprintf("%s.crt", ca);
    auto_free char *ca_key = xasprintf("%s.key", ca);

    test_run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-noenc", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-addext", "basicConstraints=critical,CA:FALSE", "-days", "2", "-CA", ca_cert,
             "-CAkey", ca_key, "-keyout", key, "-out", cert, NULL);
}

static struct rpc_server *server_new(void)
{
    static const struct rpc_server_options options = {.max_message = 1000, .threads = 2};
    auto_error err = ERROR_INIT;
    struct rpc_server *server;

    assert_success(rpc_server_new(&options, &server, &err), &err);
    return server;
}

static struct rpc_server *serve(const char *client_ca, int *ret_port)
{
    auto_error err = ERROR_INIT;
    struct rpc_tls tls = {.cert = "server.crt", .key = "server.key", .client_ca = client_ca};
    struct rpc_server *server = server_new();

    assert_success(rpc_server_listen(server, "tcp:127.0.0.1:0", &tls, ret_port, &err), &err);
    assert_success(rpc_server_start(server, &err), &err);
    return server;
}

/* How a call of an unknown method ends, for a client with that CA and certificate (or NULL). */
static int call(int port, const char *ca, const char *name)
{
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;
    auto_free char *target = xasprintf("127.0.0.1:%d", port);
    auto_free char *cert_path = name ? xasprintf("%s.crt", name) : NULL;
    auto_free char *key_path = name ? xasprintf("%s.key", name) : NULL;
    auto_free char *ca_text = test_read(ca);
    auto_free char *cert = name ? test_read(cert_path) : NULL;
    auto_free char *key = name ? test_read(key_path) : NULL;
    struct rpc_client_tls tls = {.ca = ca_text, .cert = cert, .key = key};
    struct rpc_client *client = rpc_client_new(target, &tls);

    rpc_client_unary(client, "/no/Method", "", 0, &reply, &end);
    rpc_client_free(client);
    return end.code;
}

static void stop(struct rpc_server *server)
{
    rpc_server_stop(server, 100);
    rpc_server_free(server);
}

static void client_may_come_without_a_certificate_when_no_ca_is_set(void **state)
{
    int port = 0;

    (void)state;
    make_ca("ca");
    make_ca("other");
    make_certificate("server", "ca");
    struct rpc_server *server = serve(NULL, &port);
    assert_int_equal(call(port, "ca.crt", NULL), RPC_UNIMPLEMENTED);
    assert_int_equal(call(port, "other.crt", NULL), RPC_UNAVAILABLE);
    stop(server);
}

static void client_needs_a_certificate_that_the_ca_signed(void **state)
{
    int port = 0;

    (void)state;
    make_ca("ca");
    make_ca("clients");
    make_certificate("server", "ca");
    make_certificate("good", "clients");
    make_certificate("bad", "ca");
    struct rpc_server *server = serve("clients.crt", &port);
    assert_int_equal(call(port, "ca.crt", "good"), RPC_UNIMPLEMENTED);
    assert_int_equal(call(port, "ca.crt", "bad"), RPC_UNAVAILABLE);
    assert_int_equal(call(port, "ca.crt", NULL), RPC_UNAVAILABLE);
    stop(server);
}

static void client_without_tls_is_not_answered(void **state)
{
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;
    int port = 0;

    (void)state;
    make_ca("ca");
    make_certificate("server", "ca");
    struct rpc_server *server = serve(NULL, &port);
    auto_free char *target = xasprintf("127.0.0.1:%d", port);
    struct rpc_client *client = rpc_client_new(target, NULL);
    rpc_client_unary(client, "/no/Method", "", 0, &reply, &end);
    assert_int_equal(end.code, RPC_UNAVAILABLE);
    rpc_client_free(client);
    stop(server);
}

static void bad_file_is_named(void **state)
{
    static const struct {
        struct rpc_tls tls;
        const char *text;
    } cases[] = {
        {{"none.crt", "server.key", NULL}, "cannot open none.crt: No such file or directory"},
        {{"server.crt", "none.key", NULL}, "cannot open none.key: No such file or directory"},
        {{"server.crt", "server.key", "none"}, "cannot open none: No such file or directory"},
        {{"junk", "server.key", NULL}, "junk holds no certificate in PEM form"},
        {{"server.key", "server.key", NULL}, "server.key holds no certificate in PEM form"},
        {{"empty", "server.key", NULL}, "empty holds no certificate in PEM form"},
        {{"server.crt", "server.crt", NULL},
         "server.crt holds no private key in PEM form that needs no passphrase"},
        {{"server.crt", "locked.key", NULL},
         "locked.key holds no private key in PEM form that needs no passphrase"},
        {{"server.crt", "ca.key", NULL},
         "ca.key is not the private key of the certificate in server.crt"},
        {{"server.crt", "server.key", "junk"}, "junk holds no certificate in PEM form"},
    };

    (void)state;
    make_ca("ca");
    make_certificate("server", "ca");
    test_write("junk", "-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n");
    test_write("empty", "");
    test_run("openssl", "pkey", "-in", "server.key", "-aes128", "-passout", "pass:secret", "-out",
             "locked.key", NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        grpc_server_credentials *credentials = NULL;
        assert_int_equal(tls_credentials(&cases[i].tls, &credentials, &err), -1);
        assert_error(&err, ERROR_FAILURE, cases[i].text);
        assert_null(credentials);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(client_may_come_without_a_certificate_when_no_ca_is_set),
        file_test(client_needs_a_certificate_that_the_ca_signed),
        file_test(client_without_tls_is_not_answered),
        file_test(bad_file_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
