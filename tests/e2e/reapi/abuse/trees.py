# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Input roots, commands and actions that can't be."""

import os
import time

import grpc

from reapi.client import make_action
from reapi.harness import Tests, holds, same
from reapi.messages import reapi
from reapi.tree import EMPTY, Blobs, digest

test = Tests()

INVALID_ARGUMENT = 3


def code_of(client, of):
    """Executes the action; the code, of the call or of the response."""
    try:
        return client.run(of, seconds=50).status.code
    except grpc.RpcError as error:
        return error.code().value[0]


def run_root(client, blobs, root):
    """The code for this input root."""
    return code_of(client, make_root_action(client, blobs, root))


def make_root_action(client, blobs, root):
    more, _ = make_action(["/bin/true"], salt=os.urandom(8))
    command = next(data for data in more.by_key.values() if b"/bin/true" in data)
    blobs.add(command)
    client.put_all(blobs)
    action = reapi.Action(command_digest=digest(command), input_root_digest=root,
                          salt=os.urandom(8))
    return client.put(action.SerializeToString())


def refused(client, directory, what):
    blobs = Blobs()
    blobs.add(b"file")
    same(run_root(client, blobs, blobs.message(directory)), INVALID_ARGUMENT, what)


FILE = digest(b"file")
NAMES = ("..", ".", "", "/", "a/b", "/etc/passwd", "../x", "a\0b", "\0", "n" * 300, "n" * 5000)


@test()
def names_that_are_none_are_refused_for_files_directories_and_links(client):
    for name in NAMES:
        for make in (lambda to, name: to.files.add(name=name, digest=FILE),
                     lambda to, name: to.directories.add(name=name, digest=EMPTY),
                     lambda to, name: to.symlinks.add(name=name, target="x")):
            directory = reapi.Directory()
            make(directory, name)
            refused(client, directory, f"{name[:20]!r}")


@test()
def such_names_are_refused_deep_down_too(client):
    for name in NAMES:
        blobs = Blobs()
        blobs.add(b"file")
        bad = reapi.Directory()
        bad.files.add(name=name, digest=FILE)
        root = reapi.Directory()
        root.directories.add(name="sub", digest=blobs.message(bad))
        same(run_root(client, blobs, blobs.message(root)), INVALID_ARGUMENT, f"{name[:20]!r}")


@test()
def a_name_that_stands_twice_is_refused(client):
    kinds = {"file": lambda to: to.files.add(name="a", digest=FILE),
             "directory": lambda to: to.directories.add(name="a", digest=EMPTY),
             "link": lambda to: to.symlinks.add(name="a", target="/etc")}
    for first in kinds:
        for second in kinds:
            directory = reapi.Directory()
            kinds[first](directory)
            kinds[second](directory)
            refused(client, directory, f"{first} and {second}")


@test()
def links_to_nothing_are_refused(client):
    for target in ("", "a\0b", "t" * 5000):
        directory = reapi.Directory()
        directory.symlinks.add(name="link", target=target)
        refused(client, directory, f"{target[:20]!r}")


@test()
def names_that_are_not_utf_8_are_kept(client):
    """By hand: protobuf makes no such message."""
    blobs = Blobs()
    blobs.add(b"file")
    node = b"\x0a\x02\xff\xfe" + b"\x12" + bytes([FILE.ByteSize()]) + FILE.SerializeToString()
    root = blobs.add(b"\x0a" + bytes([len(node)]) + node)
    same(run_root(client, blobs, root), 0)


@test()
def a_root_that_is_no_directory_is_refused(client):
    blobs = Blobs()
    same(run_root(client, blobs, blobs.add(b"\xff\xff no directory" + os.urandom(9))),
         INVALID_ARGUMENT)


@test()
def a_tree_ten_thousand_deep_is_refused_or_run(client):
    blobs = Blobs()
    of = blobs.message(reapi.Directory())
    for _ in range(10_000):
        directory = reapi.Directory()
        directory.directories.add(name="d", digest=of)
        of = blobs.message(directory)
    same(run_root(client, blobs, of), INVALID_ARGUMENT)


@test()
def get_tree_of_a_tree_ten_thousand_deep_ends(client):
    blobs = Blobs()
    of = blobs.message(reapi.Directory())
    for number in range(10_000):
        directory = reapi.Directory()
        directory.directories.add(name=f"d{number}", digest=of)
        of = blobs.message(directory)
    client.put_all(blobs)
    try:
        for _ in client.call("GetTree", root_digest=of):
            pass
    except grpc.RpcError as error:
        same(error.code().name in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"), True, str(error))


@test()
def a_small_tree_of_endless_many_files_is_refused_soon(client):
    """30 levels of ten times the same directory: 10^30 files in 31 blobs."""
    blobs = Blobs()
    directory = reapi.Directory()
    directory.files.add(name="file", digest=blobs.add(b"file"))
    of = blobs.message(directory)
    for _ in range(30):
        directory = reapi.Directory()
        for number in range(10):
            directory.directories.add(name=f"{number}", digest=of)
        of = blobs.message(directory)
    start = time.monotonic()
    code = run_root(client, blobs, of)
    same(code, INVALID_ARGUMENT)
    holds(time.monotonic() - start < 20, "it took long")
    same(run_tree(client, of), True, "GetTree ends")


def run_tree(client, of):
    try:
        for _ in client.call("GetTree", root_digest=of, seconds=20):
            pass
    except grpc.RpcError as error:
        return error.code().name in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED")
    return True


def code_of_command(client, **fields):
    """The code for a command with these fields."""
    blobs = Blobs()
    command = reapi.Command(**{"arguments": ["/bin/true"], **fields})
    action = reapi.Action(command_digest=blobs.message(command),
                          input_root_digest=blobs.tree({}), salt=os.urandom(8))
    of = blobs.message(action)
    client.put_all(blobs)
    return code_of(client, of)


@test()
def commands_that_are_none_are_refused(client):
    variable = reapi.Command.EnvironmentVariable
    for fields in (
            {"arguments": []}, {"arguments": [""]}, {"arguments": ["/bin/echo", "a\0b"]},
            {"environment_variables": [variable(name="", value="x")]},
            {"environment_variables": [variable(name="A=B", value="x")]},
            {"environment_variables": [variable(name="A", value="x\0y")]},
            {"working_directory": ".."}, {"working_directory": "/etc"},
            {"working_directory": "a/../../b"}, {"working_directory": "a\0b"}):
        code = code_of_command(client, **fields)
        same(code, INVALID_ARGUMENT, f"{fields}")


@test()
def an_action_that_is_too_long_is_refused_for_good(client):
    of = client.put(reapi.Action(salt=os.urandom(2 << 20)).SerializeToString())
    same(code_of(client, of), INVALID_ARGUMENT)


@test()
def a_working_directory_that_is_not_there_is_refused(client):
    same(code_of_command(client, working_directory="no/such"), INVALID_ARGUMENT)


@test()
def an_argument_list_that_is_too_long_is_refused(client):
    same(code_of_command(client, arguments=["/bin/true", "x" * (3 << 20)]), INVALID_ARGUMENT)


@test()
def an_action_without_its_digests_is_refused(client):
    for action in (reapi.Action(), reapi.Action(command_digest=EMPTY),
                   reapi.Action(input_root_digest=EMPTY)):
        same(code_of(client, client.put(action.SerializeToString())), INVALID_ARGUMENT)
