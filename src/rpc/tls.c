/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/tls.h"

#include <limits.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/fs.h"

#define PEM_MAX (1u << 20)

struct pem {
    struct buf cert, key, ca;
};

#define PEM_INIT                                                                                   \
    {                                                                                              \
        BUF_INIT, BUF_INIT, BUF_INIT                                                               \
    }

/* Where they come from: cert and key, or neither; ca may be NULL. */
struct files {
    const char *cert, *key, *ca;
};

static void pem_release(struct pem *pem)
{
    OPENSSL_cleanse(pem->key.data, pem->key.len);
    buf_release(&pem->cert);
    buf_release(&pem->key);
    buf_release(&pem->ca);
}

/* A key with a passphrase can't be used: nobody is there to be asked. */
static int no_passphrase(char *text, int size, int writing, void *user)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

static BIO *bio_of(const struct buf *text)
{
    return BIO_new_mem_buf(text->data, (int)text->len);
}

static X509 *first_certificate(const struct buf *text)
{
    BIO *bio = bio_of(text);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *private_key(const struct buf *text)
{
    BIO *bio = bio_of(text);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

    BIO_free(bio);
    return key;
}

static int check_certificate(const char *path, const struct buf *text, struct error *err)
{
    X509 *certificate = first_certificate(text);

    if (!certificate)
        return error_set(err, ERROR_FAILURE, "%s holds no certificate in PEM form", path);
    X509_free(certificate);
    return 0;
}

static int check_key(const struct files *files, const struct pem *pem, struct error *err)
{
    EVP_PKEY *key = private_key(&pem->key);

    if (!key)
        return error_set(err, ERROR_FAILURE,
                         "%s holds no private key in PEM form that needs no passphrase",
                         files->key);
    X509 *certificate = first_certificate(&pem->cert);
    bool belongs = certificate && X509_check_private_key(certificate, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (!belongs)
        return error_set(err, ERROR_FAILURE, "%s is not the private key of the certificate in %s",
                         files->key, files->cert);
    return 0;
}

static int check(const struct files *files, const struct pem *pem, struct error *err)
{
    if (files->cert &&
        (check_certificate(files->cert, &pem->cert, err) != 0 || check_key(files, pem, err) != 0))
        return -1;
    return files->ca ? check_certificate(files->ca, &pem->ca, err) : 0;
}

static int read_all(const struct files *files, struct pem *pem, struct error *err)
{
    if (files->cert && (fs_read_file(files->cert, PEM_MAX, &pem->cert, err) != 0 ||
                        fs_read_file(files->key, PEM_MAX, &pem->key, err) != 0))
        return -1;
    return files->ca ? fs_read_file(files->ca, PEM_MAX, &pem->ca, err) : 0;
}

static int load(const struct files *files, struct pem *pem, struct error *err)
{
    int status = read_all(files, pem, err);

    if (status == 0)
        status = check(files, pem, err);
    ERR_clear_error();
    return status;
}

static grpc_server_credentials *make_server(const struct pem *pem, bool with_ca)
{
    grpc_ssl_pem_key_cert_pair pair = {pem->key.data, pem->cert.data};
    grpc_ssl_client_certificate_request_type request =
        with_ca ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;

    return grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config(
            request,
            grpc_ssl_server_certificate_config_create(with_ca ? pem->ca.data : NULL, &pair, 1)));
}

int tls_credentials(const struct rpc_tls *tls, grpc_server_credentials **ret_credentials,
                    struct error *err)
{
    struct pem pem = PEM_INIT;

    if (!tls) {
        *ret_credentials = grpc_insecure_server_credentials_create();
        return 0;
    }
    struct files files = {tls->cert, tls->key, tls->client_ca};
    int status = load(&files, &pem, err);
    if (status == 0)
        *ret_credentials = make_server(&pem, tls->client_ca != NULL);
    pem_release(&pem);
    return status;
}

int tls_channel_credentials(const struct rpc_channel_tls *tls,
                            grpc_channel_credentials **ret_credentials, struct error *err)
{
    struct pem pem = PEM_INIT;

    if (!tls) {
        *ret_credentials = grpc_insecure_credentials_create();
        return 0;
    }
    struct files files = {tls->cert, tls->key, tls->ca};
    int status = load(&files, &pem, err);
    grpc_ssl_pem_key_cert_pair pair = {pem.key.data, pem.cert.data};
    if (status == 0)
        *ret_credentials = grpc_ssl_credentials_create(tls->ca ? pem.ca.data : NULL,
                                                       tls->cert ? &pair : NULL, NULL, NULL);
    pem_release(&pem);
    return status;
}
