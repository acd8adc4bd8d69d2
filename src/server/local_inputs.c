/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/local_inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "reapi/messages.h"
#include "store/blob_message.h"
#include "store/tree_limits.h"

enum kind { ENTRY_FILE, ENTRY_LINK, ENTRY_DIRECTORY };

/* A file in the input root, a link, or a directory of which nothing is known but that it is there.
 */
struct entry {
    enum kind kind;
    const char *path; /* on this machine; borrowed */
    char *place;      /* in the root, plain */
    char *target;     /* a link's */
    struct stat st;
    struct blob_digest digest;
    bool executable;
};

struct entries {
    struct store *store;
    struct file_digests *digests;
    struct entry *items;
    size_t len, cap;
};

static void entry_release(struct entry *entry)
{
    free(entry->place);
    free(entry->target);
    entry->place = entry->target = NULL;
}

static void entries_release(struct entries *entries)
{
    for (size_t i = 0; i < entries->len; i++)
        entry_release(&entries->items[i]);
    free(entries->items);
}

/* ---- the list ---- */

static int check_place(const char *place, struct error *err)
{
    auto_free char *clean = path_clean(place);

    if (path_is_inside(place) && strcmp(clean, place) == 0 && strcmp(place, ".") != 0 &&
        strlen(place) <= LIMIT_PATH)
        return 0;
    return error_set(err, ERROR_REFUSED, "'%.200s' isn't a plain path below the input root", place);
}

/* Takes PLACE. */
static int add(struct entries *entries, const char *path, char *place, enum kind kind,
               struct entry **ret_added, struct error *err)
{
    struct entry entry = {.kind = kind, .path = path, .place = place};

    grow_for_one(entries->items, entries->len, entries->cap);
    entries->items[entries->len++] = entry;
    if (check_place(place, err) < 0)
        return -1;
    if (path[0] != '/')
        return error_set(err, ERROR_REFUSED, "the input %s is not an absolute path", path);
    *ret_added = &entries->items[entries->len - 1];
    return 0;
}

static int add_file(struct entries *entries, const char *path, char *place, struct error *err)
{
    struct entry *added = NULL;

    if (add(entries, path, place, ENTRY_FILE, &added, err) < 0)
        return -1;
    if (stat(path, &added->st) < 0)
        return error_set_errno(err, errno, "cannot find the input %s", path);
    if (!S_ISREG(added->st.st_mode))
        return error_set(err, ERROR_REFUSED, "the input %s is not a regular file", path);
    added->executable = (added->st.st_mode & 0111) != 0;
    return 0;
}

/* Where what the machine has at PATH lies in the input root. Owned by caller. */
static char *place_of(const Local__Run *run, const char *path)
{
    return xasprintf("%s%s%s", run->tree, *run->tree ? "/" : "", path + (path[0] == '/'));
}

static int list_files(struct entries *entries, const Local__Run *run, struct error *err)
{
    for (size_t i = 0; i < run->n_files; i++)
        if (add_file(entries, run->files[i], place_of(run, run->files[i]), err) < 0)
            return -1;
    for (size_t i = 0; i < run->n_placed; i++)
        if (add_file(entries, run->placed[i]->path, xstrdup(run->placed[i]->place), err) < 0)
            return -1;
    return 0;
}

static int add_link(struct entries *entries, const char *path, char *place, struct error *err)
{
    struct entry *added = NULL;
    char target[PATH_MAX];

    if (add(entries, path, place, ENTRY_LINK, &added, err) < 0)
        return -1;
    ssize_t len = readlink(path, target, sizeof(target));
    if (len < 0)
        return error_set_errno(err, errno, "cannot read the link %s", path);
    added->target = xstrndup(target, (size_t)len);
    return 0;
}

/* What has no bytes. */
static int list_others(struct entries *entries, const Local__Run *run, struct error *err)
{
    struct entry *added = NULL;

    for (size_t i = 0; i < run->n_links; i++)
        if (add_link(entries, run->links[i], place_of(run, run->links[i]), err) < 0)
            return -1;
    for (size_t i = 0; i < run->n_directories; i++) {
        const char *path = run->directories[i];
        if (add(entries, path, place_of(run, path), ENTRY_DIRECTORY, &added, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the files' bytes ---- */

static int fail_answer(const char *path, int answer, struct error *err)
{
    if (answer == STORE_BUSY && !err->text)
        return error_set(err, ERROR_FAILURE, "the store is busy");
    return error_prefix(err, "cannot store %s", path);
}

static int store_file(struct entries *entries, struct entry *entry, struct error *err)
{
    auto_fd int fd = open(entry->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &entry->st) < 0)
        return error_set_errno(err, errno, "cannot open the input %s", entry->path);
    int answer = store_put_file(entries->store, fd, &entry->digest, err);
    if (answer != 0 && answer != STORE_PRESENT)
        return fail_answer(entry->path, answer, err);
    file_digests_add(entries->digests, &entry->st, time(NULL), &entry->digest);
    return 0;
}

/* What is remembered of a file helps only where the store still has its bytes. */
static int store_files(struct entries *entries, struct error *err)
{
    auto_free struct blob_digest *known = xcalloc(entries->len + 1, sizeof(*known));
    auto_free bool *missing = xcalloc(entries->len + 1, sizeof(*missing));

    for (size_t i = 0; i < entries->len; i++) {
        struct entry *entry = &entries->items[i];
        if (!file_digests_find(entries->digests, &entry->st, &entry->digest) &&
            store_file(entries, entry, err) < 0)
            return -1;
        known[i] = entry->digest;
    }
    if (store_find_missing(entries->store, known, entries->len, missing, err) != 0)
        return error_prefix(err, "cannot look for the inputs");
    for (size_t i = 0; i < entries->len; i++)
        if (missing[i] && store_file(entries, &entries->items[i], err) < 0)
            return -1;
    return 0;
}

/* ---- the tree ---- */

/* By components: what lies in a directory stands together, in the order of REAPI's lists. */
static int compare_places(const void *one, const void *other)
{
    const unsigned char *a = (const unsigned char *)((const struct entry *)one)->place;
    const unsigned char *b = (const unsigned char *)((const struct entry *)other)->place;

    while (*a && *a == *b)
        a++, b++;
    int left = *a == '/' ? 1 : *a ? *a + 1 : 0;
    int right = *b == '/' ? 1 : *b ? *b + 1 : 0;
    return left - right;
}

static bool is_same(const struct entry *one, const struct entry *other)
{
    return one->kind == other->kind && blob_digest_equal(&one->digest, &other->digest) &&
           one->executable == other->executable &&
           (!one->target || strcmp(one->target, other->target) == 0);
}

/* Whether ENTRY takes LAST's place: the same again, or something in the directory. */
static int replaces(const struct entry *last, const struct entry *entry, struct error *err)
{
    const char *rest = path_below(entry->place, last->place);

    if (!rest)
        return 0;
    if (!*rest && !is_same(last, entry))
        return error_set(err, ERROR_REFUSED, "%s and %s have one place, %s", last->path,
                         entry->path, entry->place);
    if (*rest && last->kind != ENTRY_DIRECTORY)
        return error_set(err, ERROR_REFUSED, "%s lies below %s, which is a %s", entry->path,
                         last->path, last->kind == ENTRY_LINK ? "link" : "file");
    return 1;
}

/* One and the same file may be named twice, and a directory that has something in it. */
static int drop_doubles(struct entries *entries, struct error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < entries->len; i++) {
        struct entry *entry = &entries->items[i];
        struct entry *last = kept > 0 ? &entries->items[kept - 1] : NULL;
        int answer = last ? replaces(last, entry, err) : 0;
        if (answer < 0)
            return -1;
        if (answer > 0) {
            entry_release(last);
            kept--;
        }
        struct entry moved = *entry;
        entry->place = entry->target = NULL;
        entries->items[kept++] = moved;
    }
    entries->len = kept;
    return 0;
}

/* The entries FIRST to END, whose places share the first SKIPPED bytes, are a directory. */
struct part {
    const struct entries *entries;
    size_t first, end, skipped;
    unsigned depth;
};

static int put_directory(const struct part *part, struct blob_digest *ret_digest,
                         struct error *err);

/* The end of those that lie in the same directory as FIRST, whose name has LEN bytes. */
static size_t end_of_directory(const struct part *part, size_t first, size_t len)
{
    const char *name = part->entries->items[first].place + part->skipped;
    size_t end = first + 1;

    while (end < part->end &&
           strncmp(part->entries->items[end].place + part->skipped, name, len + 1) == 0)
        end++;
    return end;
}

static void add_file_node(Reapi__Directory *directory, const struct entry *entry, const char *name)
{
    Reapi__FileNode *node = xmalloc(sizeof(*node));

    reapi__file_node__init(node);
    node->name = xstrdup(name);
    node->digest = blob_message_new(&entry->digest);
    node->is_executable = entry->executable;
    directory->files[directory->n_files++] = node;
}

static void add_link_node(Reapi__Directory *directory, const struct entry *entry, const char *name)
{
    Reapi__SymlinkNode *node = xmalloc(sizeof(*node));

    reapi__symlink_node__init(node);
    node->name = xstrdup(name);
    node->target = xstrdup(entry->target);
    directory->symlinks[directory->n_symlinks++] = node;
}

/* Sets *ret_end to the entry after the directory, which is empty where it is named itself. */
static int add_directory(Reapi__Directory *directory, const struct part *part, size_t first,
                         size_t len, size_t *ret_end, struct error *err)
{
    bool is_empty = part->entries->items[first].place[part->skipped + len] == '\0';
    const struct part below = {
        .entries = part->entries,
        .first = is_empty ? first + 1 : first,
        .end = is_empty ? first + 1 : end_of_directory(part, first, len),
        .skipped = part->skipped + len + 1,
        .depth = part->depth + 1,
    };
    struct blob_digest digest;

    if (put_directory(&below, &digest, err) < 0)
        return -1;
    Reapi__DirectoryNode *node = xmalloc(sizeof(*node));
    reapi__directory_node__init(node);
    node->name = xstrndup(part->entries->items[first].place + part->skipped, len);
    node->digest = blob_message_new(&digest);
    directory->directories[directory->n_directories++] = node;
    *ret_end = below.end;
    return 0;
}

static int fill_directory(Reapi__Directory *directory, const struct part *part, struct error *err)
{
    size_t at = part->first;

    directory->files = xcalloc(part->end - part->first + 1, sizeof(*directory->files));
    directory->directories = xcalloc(part->end - part->first + 1, sizeof(*directory->directories));
    directory->symlinks = xcalloc(part->end - part->first + 1, sizeof(*directory->symlinks));
    while (at < part->end) {
        const struct entry *entry = &part->entries->items[at];
        const char *name = entry->place + part->skipped;
        size_t len = strcspn(name, "/");
        if (name[len] == '/' || entry->kind == ENTRY_DIRECTORY) {
            if (add_directory(directory, part, at, len, &at, err) < 0)
                return -1;
            continue;
        }
        (entry->kind == ENTRY_LINK ? add_link_node : add_file_node)(directory, entry, name);
        at++;
    }
    return 0;
}

static int put_directory(const struct part *part, struct blob_digest *ret_digest, struct error *err)
{
    Reapi__Directory *directory = xmalloc(sizeof(*directory));
    auto_buf bytes = BUF_INIT;

    reapi__directory__init(directory);
    int result = part->depth > LIMIT_TREE_DEPTH
                     ? error_set(err, ERROR_REFUSED, "%s lies deeper than %d directories",
                                 part->entries->items[part->first].path, LIMIT_TREE_DEPTH)
                     : fill_directory(directory, part, err);
    if (result == 0) {
        message_pack(&directory->base, &bytes);
        blob_digest_of(bytes.data, bytes.len, ret_digest);
        int answer = store_put(part->entries->store, ret_digest, bytes.data, err);
        if (answer != 0)
            result = fail_answer("a directory of the inputs", answer, err);
    }
    reapi__directory__free_unpacked(directory, NULL);
    return result;
}

int local_inputs_store(struct store *store, struct file_digests *digests, const Local__Run *run,
                       struct blob_digest *ret_root, struct error *err)
{
    __attribute__((cleanup(entries_release))) struct entries entries = {.store = store,
                                                                        .digests = digests};

    if (list_files(&entries, run, err) < 0 || store_files(&entries, err) < 0 ||
        list_others(&entries, run, err) < 0)
        return -1;
    if (entries.len > 0)
        qsort(entries.items, entries.len, sizeof(*entries.items), compare_places);
    if (drop_doubles(&entries, err) < 0)
        return -1;
    const struct part root = {&entries, 0, entries.len, 0, 1};
    return put_directory(&root, ret_root, err);
}
