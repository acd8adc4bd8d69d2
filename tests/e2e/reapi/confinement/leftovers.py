# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Nothing of an action is left after it."""

import os
import random
import types

from reapi.harness import Tests, eventually, holds, same

test = Tests()
everywhere = types.SimpleNamespace(test=Tests())  # what holds without namespaces, too

DEADLINE_EXCEEDED = 4


def unique_seconds():
    """For `sleep`, so that a process of ours is known by its command line."""
    return str(random.randrange(10**8, 10**9))


def processes_with(word):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if word.encode() in file.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def nothing_left(word):
    eventually(lambda: not processes_with(word), "a process of the action is left", 5)


@everywhere.test(needs="execution")
def children_end_with_their_action(client):
    word = unique_seconds()
    client.shell(f"sleep {word} >/dev/null 2>&1 & sleep {word} & exit 0")
    nothing_left(word)


@everywhere.test(needs="execution")
def children_end_at_the_timeout(client):
    word = unique_seconds()
    response = client.run_command(["/bin/sh", "-c", f"sleep {word} & sleep {word} & wait"],
                                  timeout=1, salt=os.urandom(8))
    same(response.status.code, DEADLINE_EXCEEDED)
    nothing_left(word)


@everywhere.test(needs="execution")
def children_end_when_cancelled(client):
    word = unique_seconds()
    stream = client.execute(client.action(["/bin/sh", "-c", f"sleep {word} & sleep {word}"],
                                          salt=os.urandom(8)))
    name = next(stream).name
    eventually(lambda: processes_with(word), "it runs")
    client.call("CancelOperation", name=name)
    nothing_left(word)


@everywhere.test(needs="execution")
def no_directory_of_an_action_is_left(client, service):
    """Among them one that its owner may not enter."""
    def entries():
        return sum(len(names) for folder, names, _ in os.walk(service.store))
    client.shell("true", {"warm": b"up"})
    before = entries()
    for number in range(5):
        client.shell("mkdir -p a/b/c; touch a/b/c/f; chmod 000 a/b; mkdir d; chmod 555 d",
                     {"in": f"{number}".encode()})
    eventually(lambda: entries() <= before + 10, f"{entries()} directories, {before} before")


@test(needs="execution")
def daemons_end_with_their_action(client):
    for script in ("setsid sleep {} >/dev/null 2>&1 &", "nohup sleep {} >/dev/null 2>&1 &",
                   "(setsid sh -c 'trap \"\" TERM HUP INT; sleep {} & sleep {}' &) &",
                   "python3 -c 'import os\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:"
                   "\n  os.execvp(\"sleep\", [\"sleep\", \"{}\"])'"):
        word = unique_seconds()
        exit_code, _, err = client.shell(script.replace("{}", word) + " sleep 0.2; exit 0"
                                         if script.endswith("&") else script.replace("{}", word))
        same((exit_code, err), (0, b""))
        nothing_left(word)


@test(needs="execution")
def a_daemon_that_holds_stdout_does_not_hold_the_action(client):
    import time
    start = time.monotonic()
    word = unique_seconds()
    same(client.shell(f"setsid sleep {word} & echo done"), (0, b"done\n", b""))
    holds(time.monotonic() - start < 10, "it waited")
    nothing_left(word)


@test(needs="execution")
def hundreds_of_processes_end_with_their_action(client):
    word = unique_seconds()
    client.shell(f"i=0; while [ $i -lt 300 ]; do setsid sleep {word} >/dev/null 2>&1 & "
                 "i=$((i+1)); done; exit 0")
    nothing_left(word)


@test(needs="execution")
def tmp_is_empty_for_each(client):
    client.shell("echo left >/tmp/left; mkdir -p /tmp/d; echo left >/dev/shm/left")
    same(client.shell("ls -A /tmp; ls -A /dev/shm"), (0, b"", b""))


@test(needs="execution")
def tmp_has_an_end(client):
    _, out, _ = client.shell("fallocate -l 1T /tmp/full 2>/dev/null; stat -c %s /tmp/full; "
                             "df -k --output=size /tmp | tail -n 1")
    taken, size = map(int, out.split())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1])
    holds(taken >> 10 <= size <= memory // 2, f"/tmp took {taken >> 20} MiB of {size >> 10}")
    same(client.shell("echo x >/tmp/x; cat /tmp/x"), (0, b"x\n", b""))


@test(needs="execution", scope="whole")
def a_full_tmp_is_the_action_s_own_trouble(client):
    exit_code, _, _ = client.shell("head -c 1000000000000 /dev/zero >/tmp/full", timeout=200)
    holds(exit_code != 0, "a terabyte fits")
    same(client.shell("echo x >/tmp/x; cat /tmp/x"), (0, b"x\n", b""))
