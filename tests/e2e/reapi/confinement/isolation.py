# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What an action sees and reaches beyond its root, in namespaces."""

import os
import socket
import threading

from reapi.harness import Tests, holds, same
from reapi.tree import Link

test = Tests()

PYTHON = "/usr/bin/python3"
SECRET = "of-the-daemon-alone"


def python(client, program, **fields):
    """The output of a Python program that is run as an action."""
    return client.outcome(client.run_command([PYTHON, "-c", program], salt=os.urandom(8),
                                             **fields))


@test(needs="execution")
def the_network_is_not_there(client, service):
    host, port = service.target.rsplit(":", 1)
    exit_code, out, _ = python(client, f"""
import socket
for address in (("{host}", {port}), ("192.0.2.1", 80)):
    try:
        socket.create_connection(address, 3)
        print("connected to", address)
    except OSError as error:
        print("no")
""")
    same((exit_code, out), (0, b"no\nno\n"))
    same(client.shell("tail -n +3 /proc/net/dev | grep -v '^ *lo:'")[1], b"", "interfaces")


@test(needs="execution")
def abstract_sockets_of_others_are_not_there(client):
    with socket.socket(socket.AF_UNIX) as listener:
        name = "\0cleave-" + os.urandom(8).hex()
        listener.bind(name)
        listener.listen()
        _, out, _ = python(client, f"""
import socket
try:
    socket.socket(socket.AF_UNIX).connect({name!r})
    print("connected")
except OSError:
    print("no")
""")
    same(out, b"no\n")


@test(needs="execution")
def it_is_nobody_in_particular(client):
    exit_code, out, _ = client.shell(
        "id -u; grep -E '^(NoNewPrivs|CapEff|CapPrm|CapBnd|CapAmb|CapInh):' /proc/self/status")
    uid, *lines = out.decode().split("\n")
    holds(exit_code == 0 and uid != "0", f"uid {uid}")
    values = dict(line.split(":\t") for line in lines if line)
    same({name: int(value, 16) for name, value in values.items()},
         {"NoNewPrivs": 1, "CapEff": 0, "CapPrm": 0, "CapBnd": 0, "CapAmb": 0, "CapInh": 0})


@test(needs="execution")
def it_has_no_descriptors_but_the_three(client):
    same(python(client, "import os; print(os.listdir('/proc/self/fd'), os.read(0, 9))")[1],
         b"['0', '1', '2', '3'] b''\n")


@test(needs="execution")
def the_store_is_out_of_sight(client, service):
    client.put(b"secret blob")
    for script in (f"ls {service.store}", f"cat {service.store}/lock",
                   f"for p in /proc/[0-9]*; do ls $p/root/{service.store}; done 2>/dev/null",
                   "for p in /proc/[0-9]*; do ls $p/cwd/../../..; done 2>/dev/null | grep blobs"):
        exit_code, out, _ = client.shell(script)
        holds(exit_code != 0 or not out.strip(), f"{script}: {out[:200]!r}")


@test(needs="execution")
def an_input_link_to_the_store_leads_nowhere(client, service):
    exit_code, out, _ = client.shell("ls l/", {"l": Link(service.store)})
    holds(exit_code != 0 or not out, f"{out[:200]!r}")


@test(needs="execution")
def the_files_of_others_are_out_of_sight(client):
    """Homes, the host's /tmp, and another action that runs."""
    word = "word-" + os.urandom(6).hex()
    other = threading.Thread(target=client.shell, args=("sleep 3", {word: b"secret"}))
    other.start()
    with open(f"/tmp/{word}", "w", encoding="utf-8"):
        pass
    try:
        _, out, _ = client.shell(f"find / -name '*{word}*' -not -path '/sys/*' 2>/dev/null; "
                                 "ls -A /root /home 2>/dev/null | grep -v ':$' | grep .")
        same(out.strip(), b"")
    finally:
        os.unlink(f"/tmp/{word}")
        other.join()


@test(needs="execution")
def the_processes_of_others_are_out_of_sight(client):
    other = threading.Thread(target=client.shell, args=("sleep 2",))
    other.start()
    _, out, _ = client.shell("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    other.join()
    holds(b"sleep" not in out and b"cleaved serve" not in out, f"{out!r}")
    _, out, _ = client.shell("cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | "
                             f"grep -c {SECRET}")
    same(out, b"0\n")


@test(needs="execution")
def killing_everybody_kills_nobody_else(client, service):
    pid = service.process.pid
    for script in ("kill -9 -1", "kill -9 $PPID", "kill -9 1", "kill -STOP -1 & sleep 0.2",
                   f"kill -9 {pid}"):
        try:
            client.shell(f"{script}; exit 0", timeout=3)
        except AssertionError:
            pass  # it may kill itself, and stop itself until the timeout
    same(client.shell("echo on")[1], b"on\n")
    holds(service.running() and service.process.pid == pid, "the daemon is gone")


@test(needs="execution")
def nothing_outside_is_written(client):
    places = ("/", "/etc", "/usr", "/usr/bin", "/var", "/var/tmp", "/opt", "/home", "/root",
              "/proc/sys/kernel", "/sys", "/sys/kernel", "/dev", "/run", "/mnt", "/srv", "/boot")
    word = "x" + os.urandom(6).hex()
    client.shell("".join(f"echo x >{place}/{word}; " for place in places) + "true")
    found = [place for place in places if os.path.exists(f"{place}/{word}")]
    same(found, [])
    same(client.shell("for f in /etc/hostname /etc/passwd /proc/sysrq-trigger "
                      "/proc/sys/kernel/hostname /sys/power/state; do "
                      "(echo x >>$f) 2>/dev/null && echo $f; done; true")[1], b"")


@test(needs="execution")
def mounts_can_not_be_undone(client, service):
    hidden = service.store
    for script in ("umount -l /tmp; umount -l /root; umount -l /home; umount -l /; true",
                   "mount -o remount,rw /; mount -o remount,rw,bind /usr; true",
                   "mount --bind / /mnt; mount -t tmpfs none /etc; true"):
        _, out, _ = client.shell(f"({script}) 2>/dev/null; ls -A {hidden} 2>/dev/null; "
                                 f"touch /usr/x 2>/dev/null && echo wrote")
        same(out, b"", script)


@test(needs="execution")
def not_in_a_namespace_of_its_own_either(client, service):
    """Where it is root again: of its own mounts, not of those it was given."""
    hidden = service.store
    parts = hidden.split("/")
    above = ["/".join(parts[:count]) for count in range(2, len(parts) + 1)]
    umounts = "; ".join(f"umount -l {place}" for place in [*reversed(above), "/tmp", "/root", "/"])
    for script in (umounts, f"umount -R -l {hidden}", "mount -o remount,rw,bind /",
                   "mount -t proc proc /proc; ls /proc/1/root" + hidden,
                   f"mount --bind {os.path.dirname(hidden)} /mnt; ls /mnt/store"):
        _, out, _ = client.shell(
            f"unshare -Urm sh -c '({script}) 2>/dev/null; ls -A {hidden}; "
            "touch /usr/x && echo wrote' 2>/dev/null")
        same(out, b"", script)


@test(needs="execution")
def a_namespace_of_its_own_works(client):
    same(client.shell("unshare -Ur id -u")[:2], (0, b"0\n"))


@test(needs="execution")
def devices_are_the_harmless_ones(client):
    same(client.shell("echo x >/dev/null && head -c 4 /dev/zero | wc -c && "
                      "head -c 4 /dev/urandom | wc -c")[1], b"4\n4\n")
    _, out, _ = client.shell("find /dev -type b -o -name mem -o -name kmsg -o -name kvm")
    for path in out.decode().split():
        holds(client.shell(f"head -c 1 {path}")[1] == b"", f"{path} is readable")
    same(client.shell("mknod b b 8 0 2>/dev/null; mknod /tmp/b b 8 0 2>/dev/null; ls")[1], b"")


@test(needs="execution")
def setuid_programs_give_it_nothing(client):
    _, out, _ = client.shell("su -c id root </dev/null 2>/dev/null; "
                             "mount -t tmpfs none /mnt 2>/dev/null && echo mounted; true")
    same(out, b"")


@test(needs="execution")
def it_shares_no_ipc(client):
    _, out, _ = client.shell("ipcs -m 2>/dev/null | grep -c 0x; readlink /proc/self/ns/ipc")
    count, name = out.decode().split()
    holds(count == "0" and name != os.readlink("/proc/self/ns/ipc"), out.decode())


@test(needs="execution")
def it_goes_first_when_memory_is_short(client):
    holds(int(client.shell("cat /proc/self/oom_score_adj")[1]) >= 200, "oom_score_adj")


@test(needs="execution")
def what_it_takes_of_memory_is_gone_after_it(client, service):
    """512 MiB, twice: both runs end, and the daemon is no larger."""
    for _ in range(2):
        same(python(client, "x = bytearray(512 << 20); x[::4096] = b'x' * len(x[::4096]); "
                            "print(len(x))")[:2], (0, b"536870912\n"))
    holds(service.running(), "the daemon is gone")
