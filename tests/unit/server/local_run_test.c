/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Runs on local.sock, from the caller to the daemon and back. */

#include "server/local_run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "local/caller.h"
#include "local/frame.h"
#include "server/daemon.h"
#include "support/executor.h"

#define LOCAL "local.sock"
#define TREE "at"

struct world {
    struct daemon *daemon;
    char *here;
};

static void no_stop(void *user, bool to_replace)
{
    (void)user, (void)to_replace;
}

static struct world start(enum sandbox_mode sandbox)
{
    struct world world = {NULL, NULL};
    auto_error err = ERROR_INIT;
    auto_strv addresses = STRV_INIT;
    auto_strv warnings = STRV_INIT;

    assert_success(fs_getcwd(&world.here, &err), &err);
    auto_free char *store = path_join(world.here, "store");
    auto_free char *local = path_join(world.here, LOCAL);
    strv_push(&addresses, "tcp:127.0.0.1:0");
    const struct daemon_options options = {
        .addresses = &addresses,
        .store = {.dir = store, .size_limit = EXECUTOR_STORE_SIZE},
        .sandbox = sandbox,
        .jobs = 2,
        .local_socket = local,
        .stop = no_stop,
    };
    assert_success(daemon_start(&options, &world.daemon, &warnings, &err), &err);
    return world;
}

static void stop(struct world *world)
{
    daemon_stop(world->daemon, 0);
    free(world->here);
}

/* Skips the test where actions can't be shut in. */
static struct world start_or_skip(void)
{
    auto_error err = ERROR_INIT;

    if (executor_probe(&err) < 0) {
        print_message("skipped: %s\n", err.text);
        skip();
    }
    return start(SANDBOX_USERNS);
}

/* ---- a request ---- */

/* Lists end with NULL. Files, outputs and what is bound are below the working directory. */
struct wanted {
    const char *script;
    const char *files[4], *outputs[4], *links[4], *dirs[4];
    const char *bound;
};

static void add_here(const struct world *world, const char *const *names, struct strv *paths)
{
    for (; *names; names++)
        strv_push_take(paths, path_join(world->here, *names));
}

static int run(const struct world *world, const struct wanted *wanted, Local__Reply **ret_reply,
               struct error *err)
{
    char *arguments[] = {(char *)"/bin/sh", (char *)"-c", (char *)wanted->script};
    auto_free char *variable = xasprintf("here=%s%s", TREE, world->here);
    char *environment[] = {(char *)"PATH=/usr/bin:/bin", variable};
    auto_strv files = STRV_INIT;
    auto_strv outputs = STRV_INIT;
    auto_strv bound = STRV_INIT;
    auto_strv links = STRV_INIT;
    auto_strv dirs = STRV_INIT;
    auto_caller caller = CALLER_INIT;
    Local__Run message = LOCAL__RUN__INIT;

    add_here(world, wanted->files, &files);
    add_here(world, wanted->outputs, &outputs);
    add_here(world, wanted->links, &links);
    add_here(world, wanted->dirs, &dirs);
    if (wanted->bound)
        strv_push_take(&bound, path_join(world->here, wanted->bound));
    message.arguments = arguments;
    message.n_arguments = 3;
    message.environment = environment;
    message.n_environment = 2;
    message.tree = (char *)TREE;
    message.files = files.items;
    message.n_files = files.len;
    message.links = links.items;
    message.n_links = links.len;
    message.directories = dirs.items;
    message.n_directories = dirs.len;
    message.outputs = outputs.items;
    message.n_outputs = outputs.len;
    message.bound = bound.items;
    message.n_bound = bound.len;
    assert_success(caller_open(LOCAL, &caller, err), err);
    return caller_run(&caller, &message, ret_reply, err);
}

static Local__Reply *run_well(const struct world *world, const struct wanted *wanted)
{
    auto_error err = ERROR_INIT;
    Local__Reply *reply = NULL;

    assert_success(run(world, wanted, &reply, &err), &err);
    return reply;
}

static void assert_ran(const struct world *world, const struct wanted *wanted, bool cached,
                       const char *text)
{
    Local__Reply *reply = run_well(world, wanted);

    assert_int_equal(reply->ran->exit_code, 0);
    assert_int_equal(reply->ran->standard_output.len, strlen(text));
    assert_memory_equal(reply->ran->standard_output.data, text, strlen(text));
    assert_int_equal(reply->ran->cached, cached);
    local__reply__free_unpacked(reply, NULL);
}

/* ---- tests ---- */

static void files_lie_at_their_own_paths_below_the_tree(void **state)
{
    const struct wanted wanted = {.script =
                                      "cat $here/dir/a $here/b; ls $here $here/dir | grep -c .",
                                  .files = {"dir/a", "b", "b"}};
    struct world world = start_or_skip();
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("dir", &err), &err);
    test_write("dir/a", "a\n");
    test_write("b", "b\n");
    test_write("c", "c\n");
    assert_ran(&world, &wanted, false, "a\nb\n5\n");
    stop(&world);
}

static void links_and_directories_lie_there_as_such(void **state)
{
    const struct wanted wanted = {
        .script = "cd $here; readlink link out; cat dir/a; ls dir/empty; cd dir/full && ls",
        .files = {"dir/a", "dir/full/b"},
        .links = {"link", "out", "link"},
        .dirs = {"dir", "dir/empty", "dir/full"}};
    struct world world = start_or_skip();
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("dir/empty", &err), &err);
    assert_success(fs_mkdir_all("dir/full", &err), &err);
    test_write("dir/a", "a\n");
    test_write("dir/full/b", "b\n");
    assert_int_equal(symlink("dir/a", "link"), 0);
    assert_int_equal(symlink("/nowhere", "out"), 0);
    assert_ran(&world, &wanted, false, "dir/a\n/nowhere\na\nb\n");
    assert_ran(&world, &wanted, true, "dir/a\n/nowhere\na\nb\n");
    assert_int_equal(unlink("link"), 0);
    assert_int_equal(symlink("dir", "link"), 0);
    assert_ran(&world, &wanted, false, "dir\n/nowhere\na\nb\n");
    stop(&world);
}

static void the_same_again_is_answered_from_the_cache_and_another_file_is_not(void **state)
{
    const struct wanted wanted = {.script = "cat $here/a", .files = {"a"}};
    struct world world = start_or_skip();

    (void)state;
    test_write("a", "one\n");
    assert_ran(&world, &wanted, false, "one\n");
    assert_ran(&world, &wanted, true, "one\n");
    test_write("a", "two\n");
    assert_ran(&world, &wanted, false, "two\n");
    test_write("a", "one\n");
    assert_ran(&world, &wanted, true, "one\n");
    stop(&world);
}

static void results_outlive_the_daemon(void **state)
{
    const struct wanted wanted = {
        .script = "echo x >$here/out; cat $here/a", .files = {"a"}, .outputs = {"out"}};
    struct world world = start_or_skip();

    (void)state;
    test_write("a", "one\n");
    assert_ran(&world, &wanted, false, "one\n");
    stop(&world);
    world = start(SANDBOX_USERNS);
    assert_ran(&world, &wanted, true, "one\n");
    stop(&world);
}

static void what_is_bound_is_seen_at_its_place_and_part_of_the_key(void **state)
{
    struct world world = start_or_skip();
    auto_error err = ERROR_INIT;
    auto_free char *script = xasprintf("cat %s/tools/inner/file", world.here);
    const struct wanted wanted = {.script = script, .bound = "tools"};

    (void)state;
    assert_success(fs_mkdir_all("tools/inner", &err), &err);
    test_write("tools/inner/file", "one\n");
    assert_int_equal(symlink("file", "tools/link"), 0);
    assert_ran(&world, &wanted, false, "one\n");
    assert_ran(&world, &wanted, true, "one\n");
    assert_int_equal(unlink("tools/link"), 0);
    assert_ran(&world, &wanted, false, "one\n");
    assert_int_equal(chmod("tools/inner/file", 0755), 0);
    assert_ran(&world, &wanted, false, "one\n");
    test_write("tools/inner/file", "two\n");
    assert_ran(&world, &wanted, false, "two\n");
    stop(&world);
}

static void a_failure_is_told_and_not_kept(void **state)
{
    const struct wanted wanted = {.script = "echo wrong >&2; exit 3"};
    struct world world = start_or_skip();

    (void)state;
    for (int i = 0; i < 2; i++) {
        Local__Reply *reply = run_well(&world, &wanted);
        assert_int_equal(reply->ran->exit_code, 3);
        assert_false(reply->ran->cached);
        assert_int_equal(reply->ran->standard_error.len, 6);
        assert_memory_equal(reply->ran->standard_error.data, "wrong\n", 6);
        local__reply__free_unpacked(reply, NULL);
    }
    stop(&world);
}

static const Local__Output *output_of(const struct world *world, const Local__Ran *ran,
                                      const char *name)
{
    auto_free char *path = path_join(world->here, name);

    for (size_t i = 0; i < ran->n_outputs; i++)
        if (strcmp(ran->outputs[i]->path, path) == 0)
            return ran->outputs[i];
    fail_msg("no output %s", path);
    return NULL;
}

static void outputs_are_files_of_the_store_directories_and_links(void **state)
{
    const struct wanted wanted = {
        .script = "cd $here && echo f >file && mkdir -p dir/empty && echo x >dir/run && "
                  "chmod +x dir/run && ln -s run dir/link",
        .outputs = {"file", "dir", "absent"},
    };
    struct world world = start_or_skip();
    auto_error err = ERROR_INIT;
    auto_buf text = BUF_INIT;

    (void)state;
    Local__Reply *reply = run_well(&world, &wanted);
    const Local__Ran *ran = reply->ran;
    assert_int_equal(ran->exit_code, 0);
    assert_int_equal(ran->n_outputs, 5);
    assert_string_equal(output_of(&world, ran, "dir")->blob, "");
    assert_string_equal(output_of(&world, ran, "dir/empty")->blob, "");
    assert_string_equal(output_of(&world, ran, "dir/link")->target, "run");
    assert_true(output_of(&world, ran, "dir/run")->executable);
    assert_false(output_of(&world, ran, "file")->executable);
    assert_success(fs_read_file(output_of(&world, ran, "file")->blob, 10, &text, &err), &err);
    assert_string_equal(text.data, "f\n");
    local__reply__free_unpacked(reply, NULL);
    stop(&world);
}

static Local__Actions actions_of(void)
{
    auto_error err = ERROR_INIT;
    auto_caller caller = CALLER_INIT;
    Local__Request request = local_request();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;
    Local__Reply *reply = NULL;

    request.what_case = LOCAL__REQUEST__WHAT_STATS;
    request.stats = &nothing;
    assert_success(caller_open(LOCAL, &caller, &err), &err);
    assert_success(caller_ask(&caller, &request, &reply, &err), &err);
    Local__Actions actions = *reply->stats->actions;
    local__reply__free_unpacked(reply, NULL);
    return actions;
}

/* It would run for an hour. */
static void who_hangs_up_ends_the_action(void **state)
{
    char *arguments[] = {(char *)"/bin/sleep", (char *)"3600"};
    struct world world = start_or_skip();
    Local__Request request = local_request();
    Local__Run message = LOCAL__RUN__INIT;
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_caller caller = CALLER_INIT;

    (void)state;
    message.arguments = arguments;
    message.n_arguments = 2;
    request.what_case = LOCAL__REQUEST__WHAT_RUN;
    request.run = &message;
    local_pack(&request.base, &bytes);
    assert_success(caller_open(LOCAL, &caller, &err), &err);
    assert_success(local_send(caller.fd, bytes.data, bytes.len, &err), &err);
    while (actions_of().running == 0)
        ;
    caller_release(&caller);
    while (actions_of().running > 0)
        ;
    assert_int_equal(actions_of().failed, 1);
    stop(&world);
}

static void what_cannot_be_run_is_refused_by_name(void **state)
{
    struct world world = start_or_skip();
    auto_free char *absent = path_join(world.here, "absent");
    auto_free char *dir = path_join(world.here, "dir");
    auto_free char *link = path_join(world.here, "link");
    auto_free char *below = path_join(link, "below");
    auto_free char *store = path_join(world.here, "store");
    auto_error mkdir_err = ERROR_INIT;
    const struct {
        const char *program, *tree, *file, *link, *dir, *output, *variable, *bound;
        char *text;
    } cases[] = {
        {.program = "sh",
         .text = xstrdup("the command has no program that is named by a path with a '/'")},
        {.tree = "../x", .text = xstrdup("the tree ../x isn't a path below the input root")},
        {.file = "a", .text = xstrdup("the input a is not an absolute path")},
        {.file = absent,
         .text = xasprintf("cannot find the input %s: No such file or directory", absent)},
        {.file = dir, .text = xasprintf("the input %s is not a regular file", dir)},
        {.file = "/usr/../etc/passwd",
         .text = xstrdup("'at/usr/../etc/passwd' isn't a plain path below the input root")},
        {.link = dir, .text = xasprintf("cannot read the link %s: Invalid argument", dir)},
        {.link = "a", .text = xstrdup("the input a is not an absolute path")},
        {.dir = "a", .text = xstrdup("the input a is not an absolute path")},
        {.link = link,
         .file = link,
         .text = xasprintf("%s and %s have one place, at%s", link, link, link)},
        {.link = link,
         .dir = below,
         .text = xasprintf("%s lies below %s, which is a link", below, link)},
        {.output = "a", .text = xstrdup("the output a is not a plain absolute path")},
        {.output = "/a/../b", .text = xstrdup("the output /a/../b is not a plain absolute path")},
        {.variable = "A", .text = xstrdup("'A' isn't NAME=VALUE")},
        {.bound = absent,
         .text = xasprintf("cannot read the directory %s: No such file or directory", absent)},
        {.bound = world.here,
         .text = xasprintf("%s can't be shown to an action: it holds %s/actions, which is hidden",
                           world.here, store)},
    };

    (void)state;
    assert_success(fs_mkdir_all("dir", &mkdir_err), &mkdir_err);
    test_write("file", "");
    assert_int_equal(symlink("file", link), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *program = (char *)(cases[i].program ? cases[i].program : "/bin/true");
        char *file = (char *)cases[i].file, *output = (char *)cases[i].output;
        char *linked = (char *)cases[i].link, *directory = (char *)cases[i].dir;
        char *variable = (char *)cases[i].variable, *bound = (char *)cases[i].bound;
        Local__Run message = LOCAL__RUN__INIT;
        Local__Reply *reply = NULL;
        auto_caller caller = CALLER_INIT;
        auto_error err = ERROR_INIT;
        message.arguments = &program;
        message.n_arguments = 1;
        message.tree = (char *)(cases[i].tree ? cases[i].tree : TREE);
        message.files = &file;
        message.n_files = file != NULL;
        message.links = &linked;
        message.n_links = linked != NULL;
        message.directories = &directory;
        message.n_directories = directory != NULL;
        message.outputs = &output;
        message.n_outputs = output != NULL;
        message.environment = &variable;
        message.n_environment = variable != NULL;
        message.bound = &bound;
        message.n_bound = bound != NULL;
        assert_success(caller_open(LOCAL, &caller, &err), &err);
        assert_int_equal(caller_run(&caller, &message, &reply, &err), -1);
        assert_error(&err, ERROR_REMOTE, cases[i].text);
        free(cases[i].text);
    }
    stop(&world);
}

static void without_a_sandbox_nothing_is_run(void **state)
{
    const struct wanted wanted = {.script = "true"};
    struct world world = start(SANDBOX_NONE);
    Local__Reply *reply = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(run(&world, &wanted, &reply, &err), -1);
    assert_error(&err, ERROR_REMOTE,
                 "cleaved runs actions without a sandbox here, so that their results can't be "
                 "relied on; cleaved doctor says what to do");
    stop(&world);
}

static void refuses_places(const struct world *world, const char *first, const char *second,
                           const char *text)
{
    auto_free char *a = path_join(world->here, "a");
    auto_free char *b = path_join(world->here, "b");
    char *program = (char *)"/bin/true";
    Local__Placed placed[2] = {LOCAL__PLACED__INIT, LOCAL__PLACED__INIT};
    Local__Placed *pointers[2] = {&placed[0], &placed[1]};
    Local__Run message = LOCAL__RUN__INIT;
    Local__Reply *reply = NULL;
    auto_caller caller = CALLER_INIT;
    auto_error err = ERROR_INIT;

    placed[0].path = a;
    placed[1].path = b;
    placed[0].place = (char *)first;
    placed[1].place = (char *)second;
    message.arguments = &program;
    message.n_arguments = 1;
    message.placed = pointers;
    message.n_placed = 2;
    assert_success(caller_open(LOCAL, &caller, &err), &err);
    assert_int_equal(caller_run(&caller, &message, &reply, &err), -1);
    assert_non_null(strstr(err.text, text));
}

static void files_in_each_others_place_are_refused(void **state)
{
    struct world world = start_or_skip();
    auto_free char *below =
        xasprintf("%s/b lies below %s/a, which is a file", world.here, world.here);

    (void)state;
    test_write("a", "a");
    test_write("b", "b");
    refuses_places(&world, "x", "x", " have one place, x");
    refuses_places(&world, "x", "x/y", below);
    stop(&world);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        file_test(files_lie_at_their_own_paths_below_the_tree),
        file_test(links_and_directories_lie_there_as_such),
        file_test(the_same_again_is_answered_from_the_cache_and_another_file_is_not),
        file_test(results_outlive_the_daemon),
        file_test(what_is_bound_is_seen_at_its_place_and_part_of_the_key),
        file_test(a_failure_is_told_and_not_kept),
        file_test(outputs_are_files_of_the_store_directories_and_links),
        file_test(who_hangs_up_ends_the_action),
        file_test(what_cannot_be_run_is_refused_by_name),
        file_test(files_in_each_others_place_are_refused),
        file_test(without_a_sandbox_nothing_is_run),
    };
    int status = 0;

    if (executor_runner(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
