/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * execs PROGRAM ARGS… runs the program and tells of each program that it, or a child of it,
 * executes: the count of its words, the words, the count of its variables, the variables, each
 * followed by a NUL. Itself is the first.
 */

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_CAP (8u << 20)

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* Prints the list that /proc/PID/NAME holds, its count in front. */
static void print_list(pid_t pid, const char *name)
{
    static char text[TEXT_CAP];
    char path[64];
    size_t count = 0;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail(path);
    size_t len = fread(text, 1, sizeof(text), file);
    fclose(file);
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\0';
    printf("%zu%c", count, '\0');
    fwrite(text, 1, len, stdout);
}

static void start(char **argv)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        fail("ptrace");
    raise(SIGSTOP);
    execvp(argv[0], argv);
    fail(argv[0]);
}

/* What stopped the process: an exec is told of; a signal is handed on. */
static void handle_stop(pid_t pid, int status)
{
    int signal = WSTOPSIG(status);

    if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) {
        print_list(pid, "cmdline");
        print_list(pid, "environ");
    }
    if (signal == SIGTRAP || signal == SIGSTOP)
        signal = 0;
    ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)signal);
}

int main(int argc, char **argv)
{
    const long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    int status = 0;
    int result = EXIT_FAILURE;
    pid_t pid = argc > 1 ? fork() : -1;

    if (pid == 0)
        start(argv + 1);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        fail("execs");
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) < 0)
        fail("ptrace");
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    for (pid_t which; (which = waitpid(-1, &status, __WALL)) > 0;) {
        if (WIFSTOPPED(status))
            handle_stop(which, status);
        else if (which == pid)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
    }
    return result;
}
