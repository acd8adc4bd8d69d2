# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""An action that writes to its inputs gets an error or its own copy: the store never changes."""

import hashlib
import os

from reapi.harness import Tests, holds, same
from reapi.tree import Executable, digest

test = Tests()

# Each tries to write to the input `in`, or to what it shares an inode with.
ATTACKS = {
    "write": "echo evil >in",
    "append": "echo evil >>in",
    "write after chmod": "chmod 777 in; echo evil >in",
    "append after chmod": "chmod u+w in; echo evil >>in",
    "truncate": "chmod u+w in; truncate -s 0 in",
    "a hard link": "ln in link; chmod 777 link; echo evil >link",
    "a hard link in /tmp": "ln in /tmp/link; chmod 777 /tmp/link; echo evil >/tmp/link",
    "a rename": "mv in other; chmod 777 other; echo evil >>other",
    "through /proc": "exec 3<in; chmod 777 in; echo evil >/proc/self/fd/3",
    "by a copy put in place": "cp in copy; chmod 777 copy; echo evil >>copy; mv copy in",
    "dd without truncation": "chmod 777 in; printf evil | dd of=in conv=notrunc",
    "only its mode": "chmod 000 in",
    "only its mode, setuid": "chmod 6777 in",
    "only its times": "touch -d @12345 in",
    "an extended attribute": "setfattr -n user.x -v evil in",
}


def inodes(service, data):
    """(mode, times, bytes) of every file in the store that holds these bytes or once did."""
    name = hashlib.sha256(data).hexdigest()
    found = {}
    for folder, _, files in os.walk(service.store):
        for file in files:
            path = os.path.join(folder, file)
            if name in file or name in path:
                stat = os.lstat(path)
                with open(path, "rb") as opened:
                    found[path] = (oct(stat.st_mode), stat.st_uid, stat.st_mtime_ns, opened.read())
    return found


@test(needs="execution")
def no_write_to_an_input_reaches_the_store(client, service):
    for name, attack in ATTACKS.items():
        for make in (lambda data: data, Executable):
            data = os.urandom(500)
            files = {"in": make(data)}
            client.shell("cat in >/dev/null", files)  # now it is there in each form
            before = inodes(service, data)
            holds(before, "no file of the store is named by its digest")
            client.shell(f"{attack}; true", files)
            after = inodes(service, data)
            same({path: after.get(path) for path in before}, before, f"{name}: the store's file")
            same(client.read(digest(data)), data, f"{name}: the blob")
            same(client.shell("cat in", files)[1], data, f"{name}: the next action's input")


@test(needs="execution")
def the_empty_input_stays_empty(client):
    client.shell("chmod 777 in; echo evil >in", {"in": b""})
    same(client.shell("cat in", {"in": b""}), (0, b"", b""))


@test(needs="execution")
def no_change_of_a_directory_reaches_the_next_action(client):
    files = {"d": {"a": b"a", "sub": {"b": b"b"}}, "e": {}}
    for attack in ("echo evil >d/new", "rm -rf d e", "rm d/a", "mv d/sub d/other", "mkdir e/new",
                   "chmod 000 d", "ln -s /etc d/link; echo evil >e/f"):
        client.shell(attack + "; true", files)
        same(client.shell("find . | LC_ALL=C sort | tr '\\n' ' '; cat d/a d/sub/b", files),
             (0, b". ./d ./d/a ./d/sub ./d/sub/b ./e ab", b""), attack)


@test(needs="execution")
def two_actions_at_once_with_one_root_do_not_meet(client):
    import threading
    files = {"d": {"a": b"a"}}
    results = []

    def one(number):
        results.append(client.shell(f"echo {number} >d/mine; sleep 1; cat d/mine; ls d | wc -l",
                                    files) == (0, f"{number}\n2\n".encode(), b""))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(results, [True] * 4)


@test(needs="execution")
def an_output_is_not_the_action_s_to_change_later(client):
    """A process that is left tries to write to an output that was taken into the store."""
    response = client.run_command(
        ["/bin/sh", "-c", "echo good >out; (exec 3>>out; sleep 2; echo evil >&3) >/dev/null 2>&1 &"
                          " sleep 0.3"],
        outputs=["out"], salt=os.urandom(8))
    import time
    time.sleep(3)
    same(client.read(response.result.output_files[0].digest), b"good\n")
