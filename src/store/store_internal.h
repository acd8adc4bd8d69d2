/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of the store share among themselves; nobody else includes it.
 *
 *     store.c       opening and closing, figures
 *     layout.c      the directory: lock, format, sub-directories, names
 *     check.c       whether a file is what its name says; dropping one that isn't
 *     room.c        the size limit, eviction
 *     temp.c        files that are being written, and giving them their name
 *     scan.c        the scan after an unclean stop
 *     read.c, pin.c, write.c, copy.c, executable.c, entries.c  the rest of store.h
 *
 * The mutex guards the index and the figures. It is held for few steps, with these calls to the
 * kernel among them: a file's name leaves cas/ and ac/ only under the mutex, by a rename into
 * gone/, so that what was looked at under it is what is moved. A blob's name appears without it, by
 * a rename that replaces nothing, while who writes it has it pinned; so nothing that is being
 * published is evicted. What replaces a file (an entry of the action cache, an inode with too many
 * links) is renamed under the mutex, too.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "store/index.h"
#include "store/store.h"

struct store {
    char *dir;
    int dir_fd, lock_fd;
    uint64_t size_limit;
    bool fsync;
    bool is_new;                 /* made by this process: there is nothing to scan */
    nlink_t links_max;           /* an inode with more links than that isn't handed out */
    atomic_uint_fast64_t serial; /* the last number used for a name in tmp/ or gone/ */

    pthread_mutex_t mutex;
    struct index index;
    uint64_t reserved; /* bytes that are being written */
    uint64_t evicted, damaged;
    bool scanning;

    pthread_t scanner;
    bool has_scanner;
    atomic_bool stopping;
};

/* ---- layout.c ---- */

/* Makes what is missing, takes the lock, sets the fields down to links_max but the options. */
int layout_open(struct store *store, const char *dir, struct error *err) must_check;
void layout_close(struct store *store);

/* "cas/HH/HASH-SIZE", "cas/HH/HASH-SIZE.x" or "ac/HH/HASH", relative to the store. */
#define FILE_PATH_SIZE (sizeof("cas/HH/") + BLOB_NAME_SIZE + sizeof(".x"))
char *file_path(const struct index_key *key, char path[FILE_PATH_SIZE]);

/* The mode of such a file. */
mode_t file_mode(enum index_kind kind);

/* "tmp/NUMBER", "gone/NUMBER". */
#define NUMBERED_PATH_SIZE (sizeof("gone/") + 20)
char *temp_path(uint64_t number, char path[NUMBERED_PATH_SIZE]);
char *gone_path(uint64_t number, char path[NUMBERED_PATH_SIZE]);

uint64_t next_serial(struct store *store);

/* The answer for an errno value, with a text: STORE_FULL, STORE_BUSY, or -1. */
int answer_errno(struct error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- check.c ---- */

struct index_key blob_key(const struct blob_digest *digest);

/* Inode and mtime in 64 bits, never 0. */
uint64_t identity_of(const struct stat *st);

/*
 * Opens the file and checks its bytes, unless their identity is known to be right; makes it the
 * most lately used. A wrong one is dropped, and absent. Returns 0, STORE_ABSENT or STORE_BUSY.
 */
int check_open(struct store *store, const struct index_key *key, int *ret_fd,
               struct error *err) must_check;

/* The same without a descriptor, for a file whose bytes are known mostly no more than a stat. */
int check_stat(struct store *store, const struct index_key *key, struct stat *ret_st,
               struct error *err) must_check;

/* As check_open for a file that the index may not know. */
int check_named(struct store *store, const struct index_key *key, int *ret_fd, struct stat *ret_st,
                struct error *err) must_check;

/* Under the mutex: whether the file is there, and the one that was seen. */
bool is_still_there(struct store *store, const struct index_key *key, const struct stat *st);

/* Drops the file, if it still is this one. */
void condemn(struct store *store, const struct index_key *key, const struct stat *st);

/* Under the mutex: moves the file to gone/ and sets the number of its name there. */
int move_to_gone(struct store *store, const struct index_key *key, uint64_t *ret_number);
void remove_gone(struct store *store, uint64_t number);

/* ---- room.c ---- */

/* Reserves so many bytes, and evicts for them. Returns 0 or STORE_FULL. */
int reserve_room(struct store *store, uint64_t size, struct error *err) must_check;
void release_room(struct store *store, uint64_t size);

/* Pins a file that may not be there yet. */
void pin_for_writing(struct store *store, const struct index_key *key);

/* Reserves the room for a file that will be written, and pins it. Returns 0 or STORE_FULL. */
int begin_writing(struct store *store, const struct index_key *key, struct error *err) must_check;
void end_writing(struct store *store, const struct index_key *key);

/* Evicts so many bytes, for a disk that is full. Returns whether any was. */
bool evict_for_disk(struct store *store, uint64_t size);

/* Evicts what is above the limit. */
void evict_excess(struct store *store);

/* ---- temp.c ---- */

struct temp_file {
    int fd; /* open for reading and writing */
    uint64_t number;
};

int temp_open(struct store *store, mode_t mode, struct temp_file *ret_temp,
              struct error *err) must_check;
void temp_discard(struct store *store, struct temp_file *temp);

/* All of these return 0, STORE_FULL, STORE_BUSY or -1. */
int temp_write(struct store *store, const struct temp_file *temp, const void *data, size_t len,
               struct error *err) must_check;

/* Sets the mode and tells what the file now is. */
int temp_finish(const struct temp_file *temp, mode_t mode, struct stat *ret_st,
                struct error *err) must_check;

/* Of a file that has its name: brings it, and the name, to the disk if the store does so. */
int temp_sync(struct store *store, const struct temp_file *temp, const char *path,
              struct error *err) must_check;

/*
 * Gives the file, whose bytes are right, the blob's name and records it; one that is there and good
 * stays. Follows begin_writing, and ends the writing. The temporary file is gone in any case.
 */
int temp_publish(struct store *store, struct temp_file *temp, const struct index_key *key,
                 struct error *err) must_check;

/* Copies all that FD has, hashed on the way. */
int temp_copy(struct store *store, int fd, const struct temp_file *temp,
              struct blob_digest *ret_digest, struct error *err) must_check;

/* ---- scan.c ---- */

/* Starts the scan; it ends early when STOPPING is set. */
int scan_start(struct store *store, struct error *err) must_check;
void scan_stop(struct store *store);
