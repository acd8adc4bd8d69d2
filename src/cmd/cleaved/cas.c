/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/remote.h"
#include "reapi/client_cas.h"
#include "reapi/directories.h"
#include "reapi/merkle.h"
#include "reapi/result_tree.h"

struct cas_arguments {
    struct remote remote;
    const char *output;
    bool directory;
    char **words; /* after the verb */
    size_t count;
};

/* ---- upload ---- */

static int add_path(struct payload *payload, const char *path, struct blob_digest *ret_digest,
                    struct error *err)
{
    auto_merkle merkle = {NULL, NULL, 0};

    if (!fs_is_dir(path))
        return payload_add_file(payload, path, ret_digest, err);
    merkle_init(&merkle, payload);
    if (merkle_add(&merkle, path, ".", err) < 0)
        return -1;
    merkle_finish(&merkle, ret_digest);
    return 0;
}

static int upload(struct client *client, const struct cas_arguments *given, int *ret_status,
                  struct error *err)
{
    auto_free struct blob_digest *digests = xcalloc(given->count, sizeof(*digests));
    auto_payload payload = PAYLOAD_INIT;
    char text[DIGEST_TEXT_SIZE];

    (void)ret_status;
    for (size_t i = 0; i < given->count; i++)
        if (add_path(&payload, given->words[i], &digests[i], err) < 0)
            return -1;
    if (client_upload(client, &payload, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < given->count; i++)
        printf("%s %s\n", digest_text(&digests[i], text), given->words[i]);
    return 0;
}

/* ---- download, cat ---- */

static int download_file(struct client *client, const struct blob_digest *digest, const char *path,
                         struct error *err)
{
    auto_free char *own = xstrdup(path);
    struct client_file file = {*digest, own, false};

    if (fs_is_dir(path))
        return error_set(err, ERROR_USAGE, "-o %s is a directory: name a file", path);
    return absent_is_error(client_download(client, &file, 1, NULL, err));
}

static int download_directory(struct client *client, const struct blob_digest *digest,
                              const char *path, struct error *err)
{
    auto_result_tree tree = RESULT_TREE_INIT;
    auto_temp_dir temp = TEMP_DIR_INIT;
    auto_free char *parent = path_dirname(path);

    if (fs_exists(path))
        return error_set(err, ERROR_FAILURE, "%s is there already: name a directory to be made",
                         path);
    if (temp_dir_create(parent, &temp, err) < 0)
        return -1;
    auto_free char *made = path_join(temp.path, "made");
    if (result_tree_add_root(&tree, client, digest, made, err) != 0 ||
        client_download(client, tree.files, tree.file_count, NULL, err) != 0 ||
        result_tree_make_links(&tree, err) < 0)
        return -1;
    return fs_rename(made, path, err);
}

static int download(struct client *client, const struct cas_arguments *given, int *ret_status,
                    struct error *err)
{
    struct blob_digest digest;

    (void)ret_status;
    if (parse_digest("download", given->words[0], &digest, err) < 0)
        return -1;
    if (!given->output)
        return error_set(err, ERROR_USAGE, "cas download needs -o PATH");
    return given->directory ? download_directory(client, &digest, given->output, err)
                            : download_file(client, &digest, given->output, err);
}

static int cat(struct client *client, const struct cas_arguments *given, int *ret_status,
               struct error *err)
{
    (void)ret_status;
    for (size_t i = 0; i < given->count; i++) {
        struct blob_digest digest;
        if (parse_digest("cat", given->words[i], &digest, err) < 0 ||
            client_emit_blob(client, &digest, STDOUT_FILENO, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- tree ---- */

static int print_node(void *user, const char *path, const Reapi__FileNode *file,
                      const Reapi__SymlinkNode *link, const Reapi__DirectoryNode *directory,
                      struct error *err)
{
    (void)user;
    (void)err;
    if (directory)
        printf("%s/\n", path);
    else if (link)
        printf("%s -> %s\n", path, link->target);
    else
        printf("%s%s %s/%lld\n", path, file->is_executable ? "*" : "", file->digest->hash,
               (long long)file->digest->size_bytes);
    return 0;
}

static int tree(struct client *client, const struct cas_arguments *given, int *ret_status,
                struct error *err)
{
    auto_directories directories = DIRECTORIES_INIT;
    struct blob_digest digest;

    (void)ret_status;
    if (parse_digest("tree", given->words[0], &digest, err) < 0 ||
        directories_fetch(&directories, client, &digest, err) != 0)
        return -1;
    return directories_walk(&directories, print_node, NULL, err);
}

/* ---- missing ---- */

static int missing(struct client *client, const struct cas_arguments *given, int *ret_status,
                   struct error *err)
{
    auto_digest_set asked = DIGEST_SET_INIT, found = DIGEST_SET_INIT;
    char text[DIGEST_TEXT_SIZE];

    for (size_t i = 0; i < given->count; i++) {
        struct blob_digest digest;
        if (parse_digest("missing", given->words[i], &digest, err) < 0)
            return -1;
        digest_set_add(&asked, &digest);
    }
    if (client_find_missing(client, &asked, &found, err) < 0)
        return -1;
    for (size_t i = 0; i < found.len; i++)
        puts(digest_text(&found.items[i], text));
    *ret_status = found.len > 0;
    return 0;
}

/* ---- the command ---- */

static const struct verb {
    const char *name, *takes;
    size_t most; /* words */
    int (*run)(struct client *client, const struct cas_arguments *given, int *ret_status,
               struct error *err);
} verbs[] = {
    {"upload", "PATH…", SIZE_MAX, upload},     {"download", "DIGEST", 1, download},
    {"cat", "DIGEST…", SIZE_MAX, cat},         {"tree", "DIGEST", 1, tree},
    {"missing", "DIGEST…", SIZE_MAX, missing},
};

static const struct verb *find_verb(const struct strv *words, struct error *err)
{
    const char *name = words->len > 0 ? words->items[0] : "nothing";

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        if (words->len >= 2 && words->len - 1 <= verbs[i].most)
            return &verbs[i];
        error_set(err, ERROR_USAGE, "cas %s takes %s", name, verbs[i].takes);
        return NULL;
    }
    error_set(err, ERROR_USAGE,
              "cas needs one of upload, download, cat, tree, missing, not %s; see --help", name);
    return NULL;
}

static int run(struct cas_arguments *given, const struct strv *words, int *ret_status,
               struct error *err)
{
    const struct verb *verb = find_verb(words, err);
    auto_client *client = NULL;

    if (!verb)
        return -1;
    given->words = words->items + 1;
    given->count = words->len - 1;
    if (remote_connect(&given->remote, &client, err) < 0)
        return -1;
    return verb->run(client, given, ret_status, err);
}

int command_cas(int argc, char **argv, int *ret_status, struct error *err)
{
    struct cas_arguments given = {.remote = REMOTE_INIT};
    auto_arguments arguments = ARGUMENTS_INIT;
    const struct option options[] = {
        {"-o", "PATH", "of download: the file to write, or the directory to make",
         .ret_text = &given.output},
        {"--directory", NULL, "of download: the digest is a directory's",
         .ret_switch = &given.directory},
        REMOTE_OPTIONS(&given.remote),
    };
    const struct option_table table = {
        .usage = "cleaved cas upload|download|cat|tree|missing [OPTION]… PATH|DIGEST…",
        .summary =
            "Blobs in a service's store, by their digests: HASH/SIZE. Each byte that is read is\n"
            "checked before it is used.\n\n"
            "  upload PATH…      files, and directories with all below them; prints their digests\n"
            "  download DIGEST   to a file, or with --directory to a directory\n"
            "  cat DIGEST…       to standard output\n"
            "  tree DIGEST       what is below a directory\n"
            "  missing DIGEST…   prints those that aren't there; exit status 1 if there are any",
        .example = "cleaved cas --remote grpc://127.0.0.1:8980 upload src",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    int result = command_parse_words(&table, argc, argv, &arguments, err);
    if (result == 0)
        result = run(&given, &arguments.positional, ret_status, err);
    remote_release(&given.remote);
    return result < 0 ? -1 : 0;
}
