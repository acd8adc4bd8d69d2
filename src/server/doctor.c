/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/doctor.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/unix_socket.h"
#include "local/caller.h"
#include "local/socket.h"
#include "server/doctor_store.h"
#include "server/executor.h"
#include "server/findings.h"

/* Each client is a socket, each blob that is read or written a file. */
#define DESCRIPTORS_LEAST 256
#define DESCRIPTORS_WANTED 4096
#define PROCESSES_WANTED 1024

/* ---- the sandbox ---- */

static void examine_sandbox(struct findings *findings)
{
    auto_error err = ERROR_INIT;

    if (executor_probe(&err) == 0) {
        findings_add(findings, FINDING_OK, "sandbox", "namespaces work: actions are shut in");
        return;
    }
    findings_add(findings, FINDING_WARN, "sandbox", "%s", err.text);
    findings_remedy(findings,
                    "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, "
                    "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns; in a "
                    "container its seccomp profile); without them --sandbox=auto runs actions with "
                    "no sandbox");
}

/* ---- limits ---- */

static void examine_descriptors(struct findings *findings)
{
    struct rlimit limit = {0};

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max >= DESCRIPTORS_WANTED) {
        findings_add(findings, FINDING_OK, "descriptors", "%llu files and sockets at once",
                     (unsigned long long)limit.rlim_max);
        return;
    }
    findings_add(findings, limit.rlim_max < DESCRIPTORS_LEAST ? FINDING_BAD : FINDING_WARN,
                 "descriptors", "only %llu files and sockets at once",
                 (unsigned long long)limit.rlim_max);
    findings_remedy(findings,
                    "raise the hard limit to %d or more (ulimit -Hn; LimitNOFILE= of a "
                    "systemd unit)",
                    DESCRIPTORS_WANTED);
}

static void examine_processes(struct findings *findings)
{
    struct rlimit limit = {0};

    getrlimit(RLIMIT_NPROC, &limit);
    if (geteuid() == 0 || limit.rlim_cur >= PROCESSES_WANTED) {
        findings_add(findings, FINDING_OK, "processes", "as many as are needed");
        return;
    }
    findings_add(findings, FINDING_WARN, "processes",
                 "only %llu processes and threads for all that this user runs",
                 (unsigned long long)limit.rlim_cur);
    findings_remedy(findings, "raise the limit to %d or more (ulimit -u)", PROCESSES_WANTED);
}

/* ---- sockets ---- */

static void examine_runtime(const struct doctor_places *places, struct findings *findings)
{
    auto_error err = ERROR_INIT;
    int answer = runtime_dir_check(places->runtime, &err);

    if (answer == 0)
        findings_add(findings, FINDING_OK, "sockets", "%s is yours alone", places->runtime);
    else if (answer == 1)
        findings_add(findings, FINDING_OK, "sockets", "%s will be made", places->runtime);
    else
        findings_add(findings, FINDING_BAD, "sockets", "%s", err.text);
    if (answer < 0)
        findings_remedy(findings, "put it right, or give other places by --listen and "
                                  "--local-socket");
}

static void examine_reapi_socket(const struct doctor_places *places, struct findings *findings)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;
    int answer = unix_socket_connect(places->reapi_socket, &fd, &err);

    if (answer == 0)
        findings_add(findings, FINDING_OK, "sockets", "a service listens on %s",
                     places->reapi_socket);
    else if (answer < 0)
        findings_add(findings, FINDING_BAD, "sockets", "%s", err.text);
    else if (fs_exists(places->reapi_socket))
        findings_add(findings, FINDING_OK, "sockets",
                     "%s was left behind; the next cleaved serve replaces it",
                     places->reapi_socket);
    if (answer < 0)
        findings_remedy(findings, "put it right, or give another place by --listen");
}

/* Asks it what it is. */
static void examine_running(struct caller *caller, struct findings *findings)
{
    auto_error err = ERROR_INIT;
    Local__Request request = local_request();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;
    Local__Reply *reply = NULL;

    request.what_case = LOCAL__REQUEST__WHAT_STATS;
    request.stats = &nothing;
    int answer = caller_ask(caller, &request, &reply, &err);
    if (answer == 0 && reply->what_case == LOCAL__REPLY__WHAT_STATS)
        findings_add(findings, FINDING_OK, "daemon", "cleaved %s runs, process %u", reply->version,
                     reply->stats->pid);
    else
        findings_add(findings, FINDING_WARN, "daemon",
                     "a cleaved runs, but doesn't say how it is: %s",
                     err.text ? err.text : "its answer can't be read");
    if (answer != 0)
        findings_remedy(findings, "end it with cleaved stop and start it again");
    local__reply__free_unpacked(reply, NULL);
}

static void examine_daemon(const struct doctor_places *places, struct findings *findings)
{
    auto_error err = ERROR_INIT;
    auto_caller caller = CALLER_INIT;
    int answer = caller_open(places->local_socket, &caller, &err);

    if (answer == 0) {
        examine_running(&caller, findings);
    } else if (answer == CALLER_NOBODY) {
        findings_add(findings, FINDING_OK, "daemon", "no cleaved listens on %s",
                     places->local_socket);
    } else {
        findings_add(findings, FINDING_BAD, "daemon", "%s", err.text);
        findings_remedy(findings, "put it right, or give another place by --local-socket");
    }
}

void doctor_examine(const struct doctor_places *places, struct findings *findings)
{
    examine_sandbox(findings);
    doctor_examine_store(places->store, findings);
    examine_runtime(places, findings);
    examine_reapi_socket(places, findings);
    examine_daemon(places, findings);
    examine_descriptors(findings);
    examine_processes(findings);
}
