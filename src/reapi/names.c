/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/names.h"

#include <string.h>

#include "reapi/limits.h"

#define QUOTED_MAX 200

static const char *const reserved[] = {
    "blobs",      "uploads",      "actions",          "actionResults",
    "operations", "capabilities", "compressed-blobs",
};

/* The segments that name another digest function (REAPI: DigestFunction.Value, in lower case). */
static const char *const functions[] = {
    "sha1",    "md5",        "vso",    "sha384",  "sha512",
    "murmur3", "sha256tree", "blake3", "gitsha1", "sha256",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool part_is(struct name_part part, const char *word)
{
    return part.len == strlen(word) && memcmp(part.text, word, part.len) == 0;
}

static bool part_is_one_of(struct name_part part, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (part_is(part, words[i]))
            return true;
    return false;
}

void quote_foreign(const char *text, size_t len, struct buf *quoted)
{
    size_t shown = len < QUOTED_MAX ? len : QUOTED_MAX;

    buf_add_char(quoted, '\'');
    for (size_t i = 0; i < shown; i++)
        buf_add_char(quoted, text[i] >= ' ' && text[i] < 127 ? text[i] : '.');
    buf_add_str(quoted, shown < len ? "…'" : "'");
}

/* What is left to parse of a name, segment by segment. */
struct parse {
    const char *whole; /* for messages */
    size_t whole_len;
    const char *at; /* NULL when there are no more segments */
    struct rpc_status *status;
};

static int refuse(struct parse *parse, const char *why)
{
    auto_buf quoted = BUF_INIT;

    quote_foreign(parse->whole, parse->whole_len, &quoted);
    return rpc_status_set(parse->status, RPC_INVALID_ARGUMENT, "the resource name %s %s",
                          quoted.data, why);
}

static int refuse_part(struct parse *parse, struct name_part part, const char *why)
{
    auto_buf text = BUF_INIT;

    buf_add_str(&text, "has ");
    quote_foreign(part.text, part.len, &text);
    buf_add_str(&text, why);
    return refuse(parse, text.data);
}

/* The next segment; of length 0 also when there is none. */
static struct name_part take(struct parse *parse)
{
    struct name_part part = {parse->at, 0};

    if (!parse->at)
        return part;
    part.len = strcspn(parse->at, "/");
    parse->at = parse->at[part.len] ? parse->at + part.len + 1 : NULL;
    return part;
}

/* Everything up to the first reserved word, which *RET_WORD then is. */
static int take_instance(struct parse *parse, struct name_part *ret_instance,
                         struct name_part *ret_word)
{
    const char *start = parse->at;

    while (parse->at) {
        struct name_part part = take(parse);
        if (part.len == 0)
            return refuse(parse, "has a slash at its start or end, or two in a row");
        if (!part_is_one_of(part, reserved, COUNT(reserved)))
            continue;
        ret_instance->text = start;
        ret_instance->len = part.text > start ? (size_t)(part.text - start) - 1 : 0;
        *ret_word = part;
        return 0;
    }
    return refuse(parse, "has neither 'blobs' nor 'compressed-blobs' in it");
}

/* WORD is the segment that says how the bytes are sent. */
static int parse_compression(struct parse *parse, struct name_part word, bool *ret_zstd)
{
    if (part_is(word, "blobs")) {
        *ret_zstd = false;
        return 0;
    }
    if (!part_is(word, "compressed-blobs"))
        return refuse_part(parse, word, " where 'blobs' or 'compressed-blobs' should stand");
    word = take(parse);
    if (!part_is(word, "zstd"))
        return refuse_part(parse, word, " as its compressor; zstd is the one that is served here");
    *ret_zstd = true;
    return 0;
}

static int parse_hash(struct parse *parse, struct digest *ret_hash)
{
    struct name_part part = take(parse);

    if (part_is_one_of(part, functions, COUNT(functions)))
        return refuse_part(
            parse, part,
            " as its digest function; SHA-256 is the one that is served here, and it "
            "isn't named");
    if (part.len != DIGEST_HEX_SIZE - 1) {
        auto_buf why = BUF_INIT;
        buf_addf(&why, " of %zu characters for a hash; SHA-256 has 64 digits", part.len);
        return refuse_part(parse, part, why.data);
    }
    if (!digest_from_hex(part.text, part.len, ret_hash))
        return refuse_part(parse, part, " for a hash; it has digits and the letters a to f");
    return 0;
}

static bool number_of(struct name_part part, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (part.len == 0 || part.len > 19 || (part.len > 1 && part.text[0] == '0'))
        return false;
    for (size_t i = 0; i < part.len; i++) {
        if (part.text[i] < '0' || part.text[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(part.text[i] - '0');
    }
    if (number > INT64_MAX)
        return false;
    *ret_number = number;
    return true;
}

static int parse_digest(struct parse *parse, struct blob_digest *ret_digest)
{
    if (parse_hash(parse, &ret_digest->hash) < 0)
        return -1;
    struct name_part part = take(parse);
    if (!number_of(part, &ret_digest->size))
        return refuse_part(parse, part, " for a size; it is a decimal number, not negative");
    if (digest_equal(&ret_digest->hash, &blob_empty.hash) != (ret_digest->size == 0))
        return refuse_part(parse, part, " for a size, which that hash can't have");
    return 0;
}

static int begin(struct parse *parse)
{
    if (parse->whole_len <= LIMIT_RESOURCE_NAME)
        return 0;
    return refuse(parse, "is too long");
}

static int check_uuid(struct parse *parse, struct name_part uuid)
{
    if (uuid.len == 0)
        return refuse(parse, "has no UUID after 'uploads'");
    if (uuid.len > LIMIT_UUID)
        return refuse(parse, "has a UUID that is too long");
    return 0;
}

int resource_name_parse_read(const char *text, struct resource_name *ret_name,
                             struct rpc_status *status)
{
    struct parse parse = {text, strlen(text), text, status};
    struct resource_name name = {.uuid = {"", 0}};
    struct name_part word;

    if (begin(&parse) < 0 || take_instance(&parse, &name.instance, &word) < 0 ||
        parse_compression(&parse, word, &name.zstd) < 0 || parse_digest(&parse, &name.digest) < 0)
        return -1;
    if (parse.at)
        return refuse(&parse, "goes on after the size");
    *ret_name = name;
    return 0;
}

int resource_name_parse_write(const char *text, struct resource_name *ret_name,
                              struct rpc_status *status)
{
    struct parse parse = {text, strlen(text), text, status};
    struct resource_name name;
    struct name_part word;

    if (begin(&parse) < 0 || take_instance(&parse, &name.instance, &word) < 0)
        return -1;
    if (!part_is(word, "uploads"))
        return refuse(&parse, "has no 'uploads/UUID' in front of what is written");
    name.uuid = take(&parse);
    if (check_uuid(&parse, name.uuid) < 0 ||
        parse_compression(&parse, take(&parse), &name.zstd) < 0 ||
        parse_digest(&parse, &name.digest) < 0)
        return -1;
    *ret_name = name;
    return 0;
}

void resource_name_format(const struct resource_name *name, struct buf *text)
{
    char hex[DIGEST_HEX_SIZE];

    buf_add(text, name->instance.text, name->instance.len);
    buf_add_str(text, name->instance.len ? "/" : "");
    if (name->uuid.len) {
        buf_add_str(text, "uploads/");
        buf_add(text, name->uuid.text, name->uuid.len);
        buf_add_char(text, '/');
    }
    buf_addf(text, "%s/%s/%llu", name->zstd ? "compressed-blobs/zstd" : "blobs",
             digest_hex(&name->digest.hash, hex), (unsigned long long)name->digest.size);
}

/* The length of the UTF-8 character at TEXT, which a NUL ends; 0 for what isn't one (RFC 3629). */
static size_t utf8_len(const unsigned char *text)
{
    /* The first byte, how many follow, and the range of the second. */
    static const struct {
        unsigned char first, last, more, low, high;
    } rows[] = {
        {0x20, 0x7e, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
        {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
        {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        if (text[0] < rows[i].first || text[0] > rows[i].last)
            continue;
        if (rows[i].more && (text[1] < rows[i].low || text[1] > rows[i].high))
            return 0;
        for (size_t at = 2; at <= rows[i].more; at++)
            if (text[at] < 0x80 || text[at] > 0xbf)
                return 0;
        return 1u + rows[i].more;
    }
    return 0;
}

/* Printable text: no control characters, of which UTF-8's own are two bytes long. */
static bool is_text(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at) {
        size_t len = utf8_len(at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

static const char *instance_name_fault(const char *name)
{
    struct parse parse = {.at = *name ? name : NULL};

    if (strlen(name) > LIMIT_INSTANCE_NAME)
        return "is too long";
    if (!is_text(name))
        return "isn't printable UTF-8";
    while (parse.at) {
        struct name_part part = take(&parse);
        if (part.len == 0)
            return "has a slash at its start or end, or two in a row";
        if (part_is_one_of(part, reserved, COUNT(reserved)))
            return "has a segment that is a word of resource names, such as 'blobs' or 'uploads'";
    }
    return NULL;
}

int check_instance_name(const char *name, struct rpc_status *status)
{
    const char *fault = instance_name_fault(name);
    auto_buf quoted = BUF_INIT;

    if (!fault)
        return 0;
    quote_foreign(name, strlen(name), &quoted);
    return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the instance name %s %s", quoted.data,
                          fault);
}
