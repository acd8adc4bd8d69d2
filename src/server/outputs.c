/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "server/output_tree.h"
#include "store/blob_message.h"

struct collector {
    struct output_sink sink;
    const struct action *action;
    int root;
    Reapi__ActionResult *result;
    char *parent_path; /* the directory that is open as `parent`: outputs mostly share it */
    int parent;
};

/* ---- where an output is ---- */

static int open_below(int root, const char *path, unsigned flags)
{
    struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};

    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Returns 1 when there is no such directory. */
static int enter_parent(struct collector *collector, const char *path, const char *output)
{
    if (collector->parent_path && strcmp(collector->parent_path, path) == 0)
        return collector->parent < 0;
    free(collector->parent_path);
    fd_release(&collector->parent);
    collector->parent_path = xstrdup(path);
    collector->parent = open_below(collector->root, path, O_DIRECTORY);
    if (collector->parent >= 0)
        return 0;
    if (errno == ENOENT || errno == ENOTDIR)
        return 1;
    if (errno == EXDEV || errno == ELOOP)
        return rpc_status_set(collector->sink.status, RPC_FAILED_PRECONDITION,
                              "the output %.500s lies behind a link that leads out of the input "
                              "root or in a circle",
                              output);
    return output_fail_errno(&collector->sink, output);
}

/* ---- the result's lists ---- */

/* Each list has room for all outputs. */
static void make_lists(Reapi__ActionResult *result, size_t count)
{
    result->output_files = xcalloc(count + 1, sizeof(*result->output_files));
    result->output_directories = xcalloc(count + 1, sizeof(*result->output_directories));
    result->output_symlinks = xcalloc(count + 1, sizeof(*result->output_symlinks));
    result->output_file_symlinks = xcalloc(count + 1, sizeof(*result->output_file_symlinks));
    result->output_directory_symlinks =
        xcalloc(count + 1, sizeof(*result->output_directory_symlinks));
}

/* protobuf-c frees a text unless it is its own empty one. */
static void set_text(char **field, const char *text)
{
    *field = xstrdup(text);
}

static int add_file(struct collector *collector, const struct output *output, const char *name,
                    mode_t mode)
{
    Reapi__ActionResult *result = collector->result;
    struct blob_digest digest;

    if (output_file_store(&collector->sink, collector->parent, name, output->path, &digest) < 0)
        return -1;
    Reapi__OutputFile *file = xcalloc(1, sizeof(*file));
    reapi__output_file__init(file);
    set_text(&file->path, output->path);
    file->digest = blob_message_new(&digest);
    file->is_executable = (mode & 0111) != 0;
    result->output_files[result->n_output_files++] = file;
    return 0;
}

static int add_directory(struct collector *collector, const struct output *output, const char *name)
{
    Reapi__ActionResult *result = collector->result;
    struct output_tree tree;

    if (output_tree_store(&collector->sink, collector->parent, name, output->path, &tree) < 0)
        return -1;
    Reapi__OutputDirectory *directory = xcalloc(1, sizeof(*directory));
    reapi__output_directory__init(directory);
    set_text(&directory->path, output->path);
    directory->tree_digest = blob_message_new(&tree.tree);
    directory->is_topologically_sorted = true;
    if (collector->sink.keep_directories)
        directory->root_directory_digest = blob_message_new(&tree.root);
    result->output_directories[result->n_output_directories++] = directory;
    return 0;
}

static Reapi__OutputSymlink *new_link(const char *path, const char *target)
{
    Reapi__OutputSymlink *symlink = xcalloc(1, sizeof(*symlink));

    reapi__output_symlink__init(symlink);
    set_text(&symlink->path, path);
    set_text(&symlink->target, target);
    return symlink;
}

/* What API 2.0 takes the link for: as it was declared, else by what it leads to here. */
static bool is_directory_link(const struct collector *collector, const struct output *output)
{
    if (output->kind != OUTPUT_ANY)
        return output->kind == OUTPUT_DIRECTORY;
    auto_free char *path = path_join(collector->action->command->working_directory, output->path);
    auto_fd int fd = open_below(collector->root, path, O_DIRECTORY);
    return fd >= 0;
}

static int add_link(struct collector *collector, const struct output *output, const char *name)
{
    Reapi__ActionResult *result = collector->result;
    auto_free char *target = NULL;

    if (output_link_read(&collector->sink, collector->parent, name, output->path, &target) < 0)
        return -1;
    result->output_symlinks[result->n_output_symlinks++] = new_link(output->path, target);
    if (is_directory_link(collector, output))
        result->output_directory_symlinks[result->n_output_directory_symlinks++] =
            new_link(output->path, target);
    else
        result->output_file_symlinks[result->n_output_file_symlinks++] =
            new_link(output->path, target);
    return 0;
}

/* ---- outputs ---- */

static int add_output(struct collector *collector, const struct output *output, const char *name)
{
    struct stat st;

    if (fstatat(collector->parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 0;
        return output_fail_errno(&collector->sink, output->path);
    }
    if (S_ISLNK(st.st_mode))
        return add_link(collector, output, name);
    if (S_ISREG(st.st_mode) && output->kind != OUTPUT_DIRECTORY)
        return add_file(collector, output, name, st.st_mode);
    if (S_ISDIR(st.st_mode) && output->kind != OUTPUT_FILE)
        return add_directory(collector, output, name);
    return output_refuse_kind(&collector->sink, st.st_mode, output->path);
}

static int collect_one(struct collector *collector, const struct output *output)
{
    auto_free char *joined = path_join(collector->action->command->working_directory, output->path);
    auto_free char *path = path_clean(joined);
    auto_free char *parent = path_dirname(path);
    int answer = enter_parent(collector, parent, output->path);

    if (answer != 0)
        return answer < 0 ? -1 : 0;
    return add_output(collector, output, path_basename(path));
}

static bool wants_directories(const Reapi__Command *command)
{
    return command->output_directory_format != REAPI__COMMAND__OUTPUT_DIRECTORY_FORMAT__TREE_ONLY;
}

int outputs_collect(struct store *store, const struct action *action, int root,
                    Reapi__ActionResult *result, struct rpc_status *status)
{
    struct collector collector = {
        .sink = {store, wants_directories(action->command), status},
        .action = action,
        .root = root,
        .result = result,
        .parent = -1,
    };
    int answer = 0;

    make_lists(result, action->output_count);
    for (size_t i = 0; i < action->output_count && answer == 0; i++)
        answer = collect_one(&collector, &action->outputs[i]);
    free(collector.parent_path);
    fd_release(&collector.parent);
    return answer;
}
