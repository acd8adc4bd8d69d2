/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * timer SECONDS MIN MAX <COMMANDS runs the commands in turn, A B C A B C …, after one round that
 * doesn't count, until SECONDS have passed, but at least MIN and at most MAX times each. For each
 * run it prints the command's number and its time in nanoseconds: from before it is started until
 * it has been waited for.
 *
 * A command is: its directory, its environment, what has to run before it each time (or nothing),
 * its words. Each but the directory is a count followed by as many strings; all are texts that end
 * with a NUL.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_CAP 64
#define INPUT_CAP (16u << 20)

struct command {
    const char *dir;
    char **env;
    char **prepare; /* NULL: nothing */
    char **argv;
};

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "timer: %s: %s\n", what, name);
    exit(EXIT_FAILURE);
}

static char *read_input(size_t *ret_len)
{
    char *data = malloc(INPUT_CAP);

    *ret_len = data ? fread(data, 1, INPUT_CAP, stdin) : 0;
    if (*ret_len == 0 || *ret_len == INPUT_CAP || data[*ret_len - 1] != '\0')
        fail("not a list of commands", "standard input");
    return data;
}

static char *take_text(char **at)
{
    char *text = *at;

    *at += strlen(text) + 1;
    return text;
}

static char **take_list(char **at)
{
    unsigned long count = strtoul(take_text(at), NULL, 10);
    char **items = calloc(count + 1, sizeof(*items));

    if (!items)
        fail("no memory", "list");
    for (unsigned long i = 0; i < count; i++)
        items[i] = take_text(at);
    return items;
}

static size_t read_commands(struct command *commands)
{
    size_t len = 0;
    size_t count = 0;
    char *at = read_input(&len);
    const char *end = at + len;

    for (; at < end; count++) {
        if (count == COMMANDS_CAP)
            fail("too many commands", "standard input");
        struct command *command = &commands[count];
        command->dir = take_text(&at);
        command->env = take_list(&at);
        command->prepare = take_list(&at);
        command->argv = take_list(&at);
        if (!command->prepare[0])
            command->prepare = NULL;
    }
    return count;
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Runs it to its end, with nothing on its streams. Returns the time it took. */
static long long run(char **argv, char **env, const posix_spawn_file_actions_t *streams)
{
    pid_t pid = 0;
    int status = 0;
    long long start = now();

    if (posix_spawnp(&pid, argv[0], streams, NULL, argv, env) != 0)
        fail("cannot run", argv[0]);
    if (wait4(pid, &status, 0, NULL) != pid || status != 0)
        fail("failed", argv[0]);
    return now() - start;
}

static long long run_command(const struct command *command,
                             const posix_spawn_file_actions_t *streams)
{
    if (chdir(command->dir) < 0)
        fail("cannot enter", command->dir);
    if (command->prepare)
        run(command->prepare, command->env, streams);
    return run(command->argv, command->env, streams);
}

int main(int argc, char **argv)
{
    static struct command commands[COMMANDS_CAP];
    posix_spawn_file_actions_t streams;

    if (argc != 4)
        fail("usage: timer SECONDS MIN MAX", "wrong arguments");
    long long budget = strtoll(argv[1], NULL, 10) * 1000000000LL;
    long min = strtol(argv[2], NULL, 10);
    long max = strtol(argv[3], NULL, 10);
    size_t count = read_commands(commands);
    posix_spawn_file_actions_init(&streams);
    for (int fd = 0; fd <= 2; fd++)
        posix_spawn_file_actions_addopen(&streams, fd, "/dev/null", O_RDWR, 0);
    for (size_t i = 0; i < count; i++)
        run_command(&commands[i], &streams);
    long long start = now();
    for (long round = 0; round < max && (round < min || now() - start < budget); round++)
        for (size_t i = 0; i < count; i++)
            printf("%zu %lld\n", i, run_command(&commands[i], &streams));
    return EXIT_SUCCESS;
}
