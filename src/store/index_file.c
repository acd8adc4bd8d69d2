/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index_file.h"

#include <string.h>

#define MAGIC "cleavidx"
#define MAGIC_SIZE 8
#define VERSION 1
#define HEADER_SIZE (MAGIC_SIZE + 4 + 8)
#define RECORD_SIZE (DIGEST_SIZE + 8 + 8 + 1)

static void write_number(uint8_t *bytes, uint64_t number, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = number >> 8 * i & 255;
}

static uint64_t read_number(const uint8_t *bytes, int size)
{
    uint64_t number = 0;

    for (int i = 0; i < size; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

static uint64_t count_present(const struct index *index)
{
    uint64_t count = 0;

    for (int kind = 0; kind < INDEX_KINDS; kind++)
        count += index->present[kind];
    return count;
}

static void add_record(struct buf *buf, const struct index_entry *entry)
{
    uint8_t record[RECORD_SIZE];

    memcpy(record, entry->hash.bytes, DIGEST_SIZE);
    write_number(record + DIGEST_SIZE, entry->size, 8);
    write_number(record + DIGEST_SIZE + 8, entry->scanned ? 0 : entry->identity, 8);
    record[RECORD_SIZE - 1] = entry->kind;
    buf_add(buf, record, RECORD_SIZE);
}

void index_encode(const struct index *index, struct buf *buf)
{
    uint8_t header[HEADER_SIZE] = MAGIC;
    struct digest digest;
    size_t start = buf->len;
    uint64_t count = count_present(index);

    write_number(header + MAGIC_SIZE, VERSION, 4);
    write_number(header + MAGIC_SIZE + 4, count, 8);
    buf_reserve(buf, HEADER_SIZE + count * RECORD_SIZE + DIGEST_SIZE);
    buf_add(buf, header, HEADER_SIZE);
    for (struct index_entry *entry = index_oldest(index); entry; entry = index_newer(index, entry))
        add_record(buf, entry);
    digest_of(buf->data + start, buf->len - start, &digest);
    buf_add(buf, digest.bytes, DIGEST_SIZE);
}

/* Whether the bytes are whole, and as many as the header says. */
static bool is_whole(const uint8_t *data, size_t len)
{
    struct digest digest;

    if (len < HEADER_SIZE + DIGEST_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0 ||
        read_number(data + MAGIC_SIZE, 4) != VERSION)
        return false;
    size_t records = len - HEADER_SIZE - DIGEST_SIZE;
    if (records % RECORD_SIZE != 0 ||
        records / RECORD_SIZE != read_number(data + MAGIC_SIZE + 4, 8))
        return false;
    digest_of(data, len - DIGEST_SIZE, &digest);
    return memcmp(digest.bytes, data + len - DIGEST_SIZE, DIGEST_SIZE) == 0;
}

static bool decode_record(const uint8_t *bytes, struct index *index)
{
    struct index_key key = {.size = read_number(bytes + DIGEST_SIZE, 8)};
    unsigned kind = bytes[RECORD_SIZE - 1];

    if (kind >= INDEX_KINDS || key.size > INDEX_SIZE_MAX || index->bytes + key.size < index->bytes)
        return false;
    memcpy(key.hash.bytes, bytes, DIGEST_SIZE);
    key.kind = (enum index_kind)kind;
    struct index_entry *entry = index_add(index, &key);
    if (entry->present)
        return false;
    entry->identity = read_number(bytes + DIGEST_SIZE + 8, 8);
    index_set_newest(index, entry);
    return true;
}

bool index_decode(const void *data, size_t len, struct index *index)
{
    const uint8_t *bytes = data;

    if (!is_whole(bytes, len))
        return false;
    for (size_t at = HEADER_SIZE; at < len - DIGEST_SIZE; at += RECORD_SIZE) {
        if (decode_record(bytes + at, index))
            continue;
        index_release(index);
        index_init(index);
        return false;
    }
    return true;
}
