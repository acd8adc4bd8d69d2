/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <inttypes.h>

#include "base/memory.h"

struct store_writer {
    struct store *store;
    struct index_key key;
    struct hasher hasher;
    struct temp_file temp;
    uint64_t len;
};

/* Whether it is there and good. Returns STORE_PRESENT, or 0 when it is to be written. */
static int find_present(struct store *store, const struct index_key *key, struct error *err)
{
    struct stat st;
    int answer = check_stat(store, key, &st, err);

    if (answer == 0)
        return STORE_PRESENT;
    return answer == STORE_ABSENT ? 0 : answer;
}

static int name_blob(struct error *err, const struct blob_digest *digest, int answer)
{
    char name[BLOB_NAME_SIZE];

    error_prefix(err, "cannot store blob %s", blob_name(digest, name));
    return answer;
}

static int writer_init(struct store *store, const struct blob_digest *digest,
                       struct store_writer *writer, struct error *err)
{
    *writer = (struct store_writer){.store = store, .key = blob_key(digest)};
    hasher_begin(&writer->hasher);
    if (blob_digest_equal(digest, &blob_empty))
        return STORE_PRESENT;
    int answer = find_present(store, &writer->key, err);
    if (answer != 0)
        return answer;
    answer = begin_writing(store, &writer->key, err);
    if (answer != 0)
        return name_blob(err, digest, answer);
    answer = temp_open(store, file_mode(INDEX_BLOB), &writer->temp, err);
    if (answer != 0)
        end_writing(store, &writer->key);
    return answer;
}

int store_writer_begin(struct store *store, const struct blob_digest *digest,
                       struct store_writer **ret_writer, struct error *err)
{
    struct store_writer writer;
    int answer = writer_init(store, digest, &writer, err);

    if (answer != 0)
        return answer;
    *ret_writer = xmalloc(sizeof(writer));
    **ret_writer = writer;
    return 0;
}

static int mismatch(const struct store_writer *writer, const char *what, struct error *err)
{
    const struct blob_digest digest = {writer->key.hash, writer->key.size};
    char name[BLOB_NAME_SIZE];

    error_set(err, ERROR_REFUSED, "blob %s: %s", blob_name(&digest, name), what);
    return STORE_MISMATCH;
}

int store_writer_add(struct store_writer *writer, const void *data, size_t len, struct error *err)
{
    if (len > writer->key.size - writer->len)
        return mismatch(writer, "more bytes came than that", err);
    int answer = temp_write(writer->store, &writer->temp, data, len, err);
    if (answer != 0)
        return answer;
    hasher_add(&writer->hasher, data, len);
    writer->len += len;
    return 0;
}

uint64_t store_writer_len(const struct store_writer *writer)
{
    return writer->len;
}

static void discard(struct store_writer *writer)
{
    temp_discard(writer->store, &writer->temp);
    end_writing(writer->store, &writer->key);
}

static int check_hash(const struct store_writer *writer, const struct digest *hash,
                      struct error *err)
{
    if (digest_equal(hash, &writer->key.hash))
        return 0;
    return mismatch(writer, "the bytes that came have another SHA-256", err);
}

static int check_whole(struct store_writer *writer, struct error *err)
{
    struct digest hash;

    if (writer->len < writer->key.size)
        return mismatch(writer, "fewer bytes came than that", err);
    hasher_end(&writer->hasher, &hash);
    return check_hash(writer, &hash, err);
}

static int commit(struct store_writer *writer, struct error *err)
{
    int answer = check_whole(writer, err);

    if (answer == 0)
        return temp_publish(writer->store, &writer->temp, &writer->key, err);
    discard(writer);
    return answer;
}

int store_writer_commit(struct store_writer *writer, struct error *err)
{
    int answer = commit(writer, err);

    free(writer);
    return answer;
}

void store_writer_abandon(struct store_writer *writer)
{
    if (!writer)
        return;
    discard(writer);
    free(writer);
}

/* The blob is there, but that doesn't make other bytes right. */
static int check_put(const struct store_writer *writer, const void *data, struct error *err)
{
    struct digest hash;

    digest_of(data, (size_t)writer->key.size, &hash);
    return check_hash(writer, &hash, err);
}

int store_put(struct store *store, const struct blob_digest *digest, const void *data,
              struct error *err)
{
    struct store_writer writer;
    int answer = writer_init(store, digest, &writer, err);

    if (answer == STORE_PRESENT)
        return check_put(&writer, data, err);
    if (answer != 0)
        return answer;
    answer = store_writer_add(&writer, data, (size_t)digest->size, err);
    if (answer == 0)
        return commit(&writer, err);
    discard(&writer);
    return answer;
}
