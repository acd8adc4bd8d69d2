# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""cleaved's commands with a service that behaves: cleaved, or a peer."""

import os
import signal
import subprocess
import tempfile

from reapi.certificates import Authority
from reapi.harness import Tests, eventually, holds, same
from reapi.service import CLEAVED, Service
from reapi.tree import digest

from . import Place, text

test = Tests()
SCRIPT = b"""#!/bin/sh
cat in/data
echo complaint >&2
mkdir -p out/sub/empty
cp in/data out/sub/copy
chmod 755 out/sub/copy
ln -s copy out/sub/link
echo object >file.o
ln -s file.o link
exit ${1:-0}
"""
OUTPUTS = ("--output", "out", "--output", "file.o", "--output", "link", "--output", "never")


def fill(place, root="."):
    place.write(os.path.join(root, "in/data"), b"data\n")
    place.write(os.path.join(root, "in/script"), SCRIPT, executable=True)


def execute(place, address, *arguments):
    return place.run("exec", address, "--input", "in", "--env",
                     "PATH=/usr/bin:/bin", *arguments)


@test(needs="execution")
def a_command_runs_and_leaves_its_outputs(address):
    with Place() as place:
        fill(place)
        ended = execute(place, address, *OUTPUTS, "--", "in/script")
        same((ended.returncode, ended.stdout, ended.stderr), (0, b"data\n", b"complaint\n"))
        same(place.names(), ["file.o", "in", "link", "out"])
        same((place.read("file.o"), place.read("out/sub/copy")), (b"object\n", b"data\n"))
        same((os.readlink(place.path("link")), os.readlink(place.path("out/sub/link"))),
             ("file.o", "copy"))
        holds(os.access(place.path("out/sub/copy"), os.X_OK), "not executable")
        same(os.listdir(place.path("out/sub/empty")), [])


@test(needs="execution")
def a_second_time_it_comes_from_the_cache(address):
    with Place() as place:
        fill(place)
        place.write("in/salt", os.urandom(8))
        for said in (b"cleaved: executed", b"cleaved: from the action cache"):
            ended = execute(place, address, *OUTPUTS, "--verbose", "--", "in/script")
            same((ended.returncode, ended.stdout), (0, b"data\n"))
            holds(said in ended.stderr and b"complaint" in ended.stderr, ended.stderr)
        for option in ("--no-cache", "--do-not-cache"):
            ended = execute(place, address, *OUTPUTS, "--verbose", option, "--", "in/script")
            holds(b"cleaved: executed" in ended.stderr, ended.stderr)


@test(needs="execution")
def the_exit_code_is_the_command_s(address):
    with Place() as place:
        fill(place)
        for code in (1, 7, 255):
            ended = execute(place, address, *OUTPUTS, "--", "in/script", str(code))
            same((ended.returncode, ended.stdout), (code, b"data\n"))
            same(place.read("file.o"), b"object\n")


@test(needs="execution")
def paths_are_relative_to_input_root_and_working_directory(address):
    with Place() as place:
        fill(place, "root/w")
        place.write("list", b"w/in/data\nw/in/script\n")
        ended = place.run("exec", address, "--input-root", "root", "--inputs-from",
                          "list", "--working-directory", "w", "--env", "PATH", *OUTPUTS, "--",
                          "in/script")
        same((ended.returncode, ended.stdout), (0, b"data\n"))
        same(place.read("root/w/out/sub/copy"), b"data\n")


@test(needs="execution")
def a_command_that_takes_too_long_is_ended(address):
    with Place() as place:
        ended = place.run("exec", address, "--env", "PATH=/usr/bin:/bin", "--timeout",
                          "1", "--", "sh", "-c", "echo begun; sleep 1000")
        same((ended.returncode, ended.stdout), (103, b"begun\n"))
        holds(b"the action ran into its timeout" in ended.stderr, ended.stderr)


@test(needs="execution")
def long_output_is_passed_on_whole(address):
    with Place() as place:
        ended = place.run("exec", address, "--env", "PATH=/usr/bin:/bin", "--",
                          "sh", "-c", "yes | head -c 3000000; yes n | head -c 100000 >&2")
        same((len(ended.stdout), len(ended.stderr)), (3000000, 100000))


@test(needs="cleaved")
def an_interrupt_ends_the_command_and_the_action(address, service):
    with Place() as place:
        running = service.stats()["actions"]["running"]
        process = subprocess.Popen(
            [CLEAVED, "exec", "--remote", address, "--do-not-cache", "--env",
             "PATH=/usr/bin:/bin", "--", "sleep", "1000"], cwd=place.directory,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(lambda: service.stats()["actions"]["running"] > running, "it runs")
        process.send_signal(signal.SIGINT)
        same(process.wait(20), -signal.SIGINT)
        same(place.names(), [], "left")
        eventually(lambda: service.stats()["actions"]["running"] == running, "it ends", 60)


@test()
def a_directory_comes_back_as_it_was(address):
    with Place() as place:
        fill(place)
        place.write("in/large", os.urandom(5 << 20))
        os.symlink("data", place.path("in/link"))
        os.mkdir(place.path("in/empty"))
        for options in ([], ["--compress"]):
            printed = place.good("cas", address, "upload", "in", "in/data", *options)
            of, data = (line.split()[0].decode() for line in printed.splitlines())
            name = "got" + "".join(options)
            place.good("cas", address, "download", "--directory", of, "-o", name,
                       *options)
            same(place.good("cas", address, "tree", of).decode().splitlines()[0],
                 f"data {data}")
            same(sorted(os.listdir(place.path(name))),
                 ["data", "empty", "large", "link", "script"])
            same(place.read(name + "/large") == place.read("in/large"), True, "equal")
            same(os.readlink(place.path(name, "link")), "data")
            holds(os.access(place.path(name, "script"), os.X_OK), "not executable")
            same(place.good("cas", address, "cat", data), b"data\n")


@test()
def what_is_missing_is_listed(address):
    with Place() as place:
        place.write("file", b"there")
        place.good("cas", address, "upload", "file")
        absent = digest(os.urandom(9))
        ended = place.run("cas", address, "missing", text(digest(b"there")),
                          text(absent))
        same((ended.returncode, ended.stdout.decode()), (1, text(absent) + "\n"))
        same(place.good("cas", address, "missing", text(digest(b"there"))), b"")


def action_digest(place, address, *arguments):
    said = execute(place, address, "--verbose", *arguments).stderr.decode()
    return next(line.split()[-1] for line in said.splitlines() if " action " in line)


@test(needs="execution")
def an_action_is_shown_run_again_and_compared(address):
    with Place() as place:
        fill(place)
        first = action_digest(place, address, *OUTPUTS, "--", "in/script")
        place.write("in/data", b"other\n")
        second = action_digest(place, address, "--env", "A=1", *OUTPUTS, "--", "in/script", "0")
        shown = place.good("action", address, "show", first).decode()
        for line in ("  in/script", "  PATH=/usr/bin:/bin", "  file.o", "  exit code 0;",
                     f"  in/data {text(digest(b'data' + bytes([10])))}"):
            holds(line in shown, f"{line!r} isn't in {shown}")
        same(place.good("action", address, "run", first, "--output-dir", "again"),
             b"data\n")
        same(place.read("again/out/sub/copy"), b"data\n")
        ended = place.run("action", address, "diff", first, second)
        same((ended.returncode, ended.stdout.decode()), (1, f"""arguments
  + 0
environment
  + A=1
inputs
  - in/data {text(digest(b"data" + bytes([10])))}
  + in/data {text(digest(b"other" + bytes([10])))}
"""))
        same(place.good("action", address, "diff", first, first), b"")


@test()
def an_action_that_is_not_there_is_named(address):
    with Place() as place:
        of = digest(os.urandom(9))
        place.bad("action", address, "show", text(of),
                  says=f"the service doesn't have the blob {of.hash}-9")
        place.bad("action", address, "show", text(digest(b"")), status=102,
                  says="the action's command: there is no digest")


@test()
def the_command_line_is_checked(address):
    cases = (
        (("exec", "--input", "in"), "exec needs a command after --"),
        (("exec", "cc"), "unexpected cc: the command stands after --"),
        (("exec", "--timeout", "0", "--", "cc"), "--timeout 0: give a number from 1 to 86400"),
        (("exec", "--env", "NOT_HERE", "--", "cc"), "--env NOT_HERE: there is no such variable"),
        (("exec", "--output", "/x", "--", "cc"), "the output /x isn't a path below"),
        (("exec", "--call-timeout", "x", "--", "cc"), "--call-timeout x: give a number"),
        (("exec", "--header", "secret", "--", "cc"), "--header: a header is given as NAME=VALUE"),
        (("exec", "--tls-ca", "x", "--", "cc"), "which has no TLS; write grpcs://HOST:PORT"),
        (("cas",), "cas needs one of upload, download, cat, tree, missing, not nothing"),
        (("cas", "list"), "not list; see --help"),
        (("cas", "cat"), "cas cat takes DIGEST"),
        (("cas", "tree", "0/1", "0/2"), "cas tree takes DIGEST"),
        (("cas", "cat", "0/1"), "cat 0/1 is no digest: give HASH/SIZE"),
        (("cas", "download", "0" * 64 + "/1"), "cas download needs -o PATH"),
        (("action", "show"), "action show takes 1 digest"),
        (("action", "diff", "0/1"), "action diff takes 2 digests"),
        (("action", "x"), "action needs one of show, run, diff, not x"),
    )
    with Place() as place:
        for (command, *arguments), says in cases:
            place.bad(command, address, *arguments, says=says, status=101)


@test(needs="cleaved")
def without_an_address_the_user_s_own_service_is_meant():
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime, Place() as place:
        place.bad("cas", None, "missing", "0" * 64 + "/1",
                  says=f"unix:{runtime}/cleave/reapi.sock: GetCapabilities: UNAVAILABLE",
                  env={"XDG_RUNTIME_DIR": runtime})


@test(needs="cleaved")
def tls_with_and_without_a_certificate():
    with Service() as plain, Place() as place:
        place.bad("cas", plain.addresses[0].replace("tcp:127.0.0.1", "grpcs://localhost"),
                  "missing", "0" * 64 + "/1", says="UNAVAILABLE")
    service = Service()
    try:
        authority = Authority(service.path("tls"))
        server, client = authority.issue("server"), authority.issue("client")
        service.options += ["--tls-cert", server.certificate, "--tls-key", server.key,
                            "--tls-client-ca", authority.certificate]
        service.start()
        address = service.addresses[0].replace("tcp:127.0.0.1", "grpcs://localhost")
        ours = ["--tls-ca", authority.certificate, "--tls-cert", client.certificate, "--tls-key",
                client.key]
        with Place() as place:
            place.write("file", os.urandom(5 << 20))
            place.good("cas", address, "upload", "file", *ours)
            place.bad("cas", address, "upload", "file", *ours[:2], says="UNAVAILABLE")
            place.bad("cas", address, "upload", "file", says="UNAVAILABLE")
            place.bad("cas", address, "upload", "file", *ours[:3], "/none", *ours[4:],
                      says="cannot open /none", status=100)
    finally:
        service.stop()
        service.remove()
