/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The content-addressed store and the action cache on disk: a directory that one process at a time
 * has open. All functions may be called by any thread.
 *
 *     DIR/lock          locked by the process that has the store open, whose number is in it
 *     DIR/format        the number of this layout
 *     DIR/cas/HH/NAME   a blob, mode 0444, named HASH-SIZE (blob_name); HH: first two digits
 *     DIR/cas/HH/NAME.x the same blob as an inode of its own with mode 0555, made when an action
 *                       needs the file executable
 *     DIR/ac/HH/HASH    an entry of the action cache, with its own digest in it
 *     DIR/tmp/          what is being written
 *     DIR/gone/         what is being removed: an evicted file is renamed to here first, so that
 *                       the unlink, which comes later, can't meet a newer file of the same name
 *     DIR/index         what the index held at a clean stop (index_file.h); removed when the store
 *                       is opened
 *
 * A blob is hashed while it is written under a temporary name, and renamed only when size and hash
 * are right; a good blob is never replaced. The index in memory knows each file's size, order of
 * use and the identity (inode, mtime) of the file whose bytes were last seen to be right; a file
 * that has another one is hashed again before it is served, and dropped where it is wrong, so that
 * what others did to the store is reported as missing and heals at the next upload.
 *
 * After a clean stop the index is loaded. Else a thread scans the directories, and until it has
 * ended a blob that isn't in the index is looked for by its name.
 *
 * What is acknowledged survives the end of the process at any point; with `fsync` also a power cut.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/blob.h"

struct store;

/* Documented answers, besides 0; those from STORE_MISMATCH on come with a text in the error. */
enum store_answer {
    STORE_ABSENT = 1,   /* there is no such blob or entry */
    STORE_PRESENT = 2,  /* the blob is already there: nothing need be written */
    STORE_MISMATCH = 3, /* the bytes are not those of the digest */
    STORE_FULL = 4,     /* neither the disk nor the size limit has room, eviction included */
    STORE_BUSY = 5,     /* no descriptor or memory left for now: says nothing of the blob */
};

struct store_options {
    const char *dir;
    uint64_t size_limit; /* bytes that blobs and entries may take together */
    bool fsync;
};

/* What DIR/format holds. */
#define STORE_FORMAT "cleave store 1\n"

#define STORE_DEFAULT_SIZE (20ull << 30)
/* Blobs of the store that other users read (the executor's) are readable by all; DIR is 0700. */

/* Opens, or makes, the store. A store that another process has open is refused. */
int store_open(const struct store_options *options, struct store **ret_store,
               struct error *err) must_check;

/*
 * Fails unless the directory, which is no store, may become one: so that none is made among files
 * that it has nothing to do with. What a file system has of itself, or an open that failed has
 * left, is fine.
 */
int store_check_new(const char *dir, struct error *err) must_check;

/* Saves the index and frees the store. No other call may be running. NULL is fine. */
void store_close(struct store *store);

/* The directory, as it was opened. */
const char *store_directory(const struct store *store);

/* ---- presence ---- */

/*
 * Whether each of COUNT blobs is there, as ret_missing[i]; those that are, are now the most lately
 * used. Exact: it looks at each file. Returns 0, or STORE_BUSY.
 */
int store_find_missing(struct store *store, const struct blob_digest *digests, size_t count,
                       bool *ret_missing, struct error *err) must_check;

/* ---- reading ---- */

/* Opens the blob for reading and makes it the most lately used. Returns 0, STORE_ABSENT or
 * STORE_BUSY. The caller closes the descriptor. The empty blob has a descriptor too. */
int store_open_blob(struct store *store, const struct blob_digest *digest, int *ret_fd,
                    struct error *err) must_check;

/* Appends the blob's bytes. One larger than CAP is an error. Returns 0, STORE_ABSENT or STORE_BUSY.
 */
int store_read_blob(struct store *store, const struct blob_digest *digest, uint64_t cap,
                    struct buf *buf, struct error *err) must_check;

/* ---- writing ---- */

struct store_writer;

/*
 * Starts to write the blob. Room is reserved at once. Returns 0, STORE_PRESENT (no writer),
 * STORE_FULL or STORE_BUSY.
 */
int store_writer_begin(struct store *store, const struct blob_digest *digest,
                       struct store_writer **ret_writer, struct error *err) must_check;

/* More of its bytes. Returns 0, STORE_MISMATCH when they are more than the size, or STORE_FULL. */
int store_writer_add(struct store_writer *writer, const void *data, size_t len,
                     struct error *err) must_check;

/* Bytes added so far. */
uint64_t store_writer_len(const struct store_writer *writer);

/*
 * Checks and publishes the blob; the writer is freed, whatever is answered: 0 (also when another
 * writer was faster), STORE_MISMATCH, STORE_FULL or STORE_BUSY.
 */
int store_writer_commit(struct store_writer *writer, struct error *err) must_check;

/* Removes what was written and frees the writer. NULL is fine. */
void store_writer_abandon(struct store_writer *writer);

/* The three in one. Answers as store_writer_commit; the blob may have been there. */
int store_put(struct store *store, const struct blob_digest *digest, const void *data,
              struct error *err) must_check;

/*
 * Stores a file's bytes, hashed while they are copied. FD is read from its start. Returns 0,
 * STORE_MISMATCH when the file changed meanwhile, STORE_FULL or STORE_BUSY.
 */
int store_put_file(struct store *store, int fd, struct blob_digest *ret_digest,
                   struct error *err) must_check;

/* ---- pins ---- */

/*
 * Pins the blob, so that it isn't evicted until store_unpin is called as often. It is cheap: the
 * file isn't looked at, but for a blob that the scan hasn't come to; who then reads it, or asks for
 * its path, finds out if it is damaged. Returns 0, STORE_ABSENT or STORE_BUSY. The empty blob needs
 * no pin and takes one all the same.
 */
int store_pin(struct store *store, const struct blob_digest *digest, struct error *err) must_check;
void store_unpin(struct store *store, const struct blob_digest *digest);

/*
 * The absolute path of a pinned blob's file, of the inode that is executable or of the one that
 * isn't, checked as for reading, and with room for a few thousand more links. For hard links: its
 * bytes and mode must not be changed. (The empty blob has such files, too, which all who ask share;
 * a new file is better.) Owned by caller. Returns 0, STORE_ABSENT, STORE_FULL or STORE_BUSY.
 */
int store_blob_path(struct store *store, const struct blob_digest *digest, bool executable,
                    char **ret_path, struct error *err) must_check;

/* ---- action cache ---- */

#define STORE_ENTRY_MAX (64u << 20) /* bytes of an entry */

/* The entry under the key, appended to VALUE. Returns 0, STORE_ABSENT or STORE_BUSY. An entry that
 * is damaged is dropped and absent. */
int store_get_entry(struct store *store, const struct digest *key, struct buf *value,
                    struct error *err) must_check;

/* Stores the entry, in place of one that is there. Returns 0, STORE_FULL or STORE_BUSY. */
int store_put_entry(struct store *store, const struct digest *key, const void *value, size_t len,
                    struct error *err) must_check;

/* Removes the entry, if there is one. */
void store_drop_entry(struct store *store, const struct digest *key);

/* ---- figures ---- */

struct store_stats {
    uint64_t blobs, entries; /* how many there are */
    uint64_t bytes, limit;   /* what they take, and may take */
    uint64_t pinned;         /* blobs with a pin, those that are being written included */
    uint64_t evicted;        /* files since the start */
    uint64_t damaged;        /* files that were found to be wrong since the start */
    bool scanning;           /* the scan after an unclean stop hasn't ended */
};

void store_stats(struct store *store, struct store_stats *ret_stats);
