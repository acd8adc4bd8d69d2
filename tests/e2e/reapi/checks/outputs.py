# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What an action leaves: output_paths and the two older fields, and every kind of output."""

import os

from reapi.harness import Tests, holds, same
from reapi.messages import reapi
from reapi.tree import EMPTY, Link, digest, flatten, key

test = Tests()


def run(client, script, files=None, **fields):
    """The ActionResult of a script that ends well."""
    response = client.run_command(["/bin/sh", "-ec", script], files, salt=os.urandom(8), **fields)
    same((response.status.code, response.status.message, client.output(
        response.result.stderr_raw, response.result.stderr_digest), response.result.exit_code),
        (0, "", b"", 0), "the run")
    return response.result


def files_of(result):
    return {file.path: (key(file.digest), file.is_executable) for file in result.output_files}


def links_of(links):
    return {link.path: link.target for link in links}


def tree_of(client, result, path):
    """An output directory, flattened."""
    found, = [entry for entry in result.output_directories if entry.path == path]
    tree = reapi.Tree.FromString(client.read(found.tree_digest))
    if found.HasField("root_directory_digest"):
        same(key(found.root_directory_digest),
             key(digest(tree.root.SerializeToString(deterministic=True))), "the root's digest")
    return flatten(tree)


@test(needs="execution")
def files_with_their_executable_bit(client):
    result = run(client, "echo a >plain; echo b >run; chmod +x run; : >empty",
                 outputs=["plain", "run", "empty"])
    same(files_of(result), {"plain": (key(digest(b"a\n")), False),
                            "run": (key(digest(b"b\n")), True), "empty": (key(EMPTY), False)})
    same(client.read(digest(b"b\n")), b"b\n")


@test(needs="execution")
def what_is_not_there_is_left_out(client):
    result = run(client, "echo a >a", outputs=["a", "b", "c/d"])
    same((list(files_of(result)), len(result.output_directories), len(result.output_symlinks)),
         (["a"], 0, 0))


@test(needs="execution")
def what_is_not_declared_is_left_out(client):
    same(list(files_of(run(client, "echo a >a; echo b >b", outputs=["a"]))), ["a"])


@test(needs="execution")
def directories_leading_to_outputs_are_made_and_outputs_are_not(client):
    result = run(client, "test -d a/b; test ! -e a/b/c; echo x >a/b/c; test ! -e d",
                 outputs=["a/b/c", "d"])
    same(list(files_of(result)), ["a/b/c"])


@test(needs="execution")
def a_directory_comes_as_a_tree(client):
    result = run(client, "mkdir -p d/e/f d/void; echo 1 >d/one; echo 2 >d/e/two; "
                         "echo 3 >d/e/f/three; chmod +x d/one; ln -s one d/link; cp -R d/e d/g",
                 outputs=["d"])
    found = tree_of(client, result, "d")
    same(set(found), {"one", "link", "e/two", "e/f/three", "g/two", "g/f/three", "void/"})
    same((found["one"].is_executable, found["e/two"].is_executable), (True, False))
    same(found["link"], Link("one"))
    same(client.read(found["e/f/three"].digest), b"3\n")


@test(needs="execution")
def an_empty_directory_is_an_empty_tree(client):
    result = run(client, "mkdir d", outputs=["d"])
    same(tree_of(client, result, "d"), {})


@test(needs="execution")
def an_output_may_lie_in_another(client):
    result = run(client, "mkdir -p d; echo 1 >d/one; echo 2 >d/two", outputs=["d", "d/one"])
    same(list(files_of(result)), ["d/one"])
    same(set(tree_of(client, result, "d")), {"one", "two"})


@test(needs="execution")
def links_come_as_links_in_the_field_for_them(client):
    result = run(client, "echo x >f; mkdir d; echo y >d/in; ln -s f lf; ln -s d ld; ln -s no ln",
                 outputs=["lf", "ld", "ln"])
    same(links_of(result.output_symlinks), {"lf": "f", "ld": "d", "ln": "no"})
    same((files_of(result), len(result.output_directories)), ({}, 0))


@test(needs="execution")
def the_older_fields_give_what_older_clients_read(client):
    result = run(client, "echo x >f; mkdir -p d; echo y >d/in; ln -s f lf; ln -s d ld",
                 output_files=["f", "lf"], output_directories=["d", "ld"])
    same(list(files_of(result)), ["f"])
    same([entry.path for entry in result.output_directories], ["d"])
    same((links_of(result.output_file_symlinks), links_of(result.output_directory_symlinks)),
         ({"lf": "f"}, {"ld": "d"}))


@test(needs="execution")
def parents_of_the_older_fields_are_made(client):
    result = run(client, "test -d a; test -d b; echo x >a/f; mkdir -p b/d; echo y >b/d/g",
                 output_files=["a/f"], output_directories=["b/d"])
    same(list(files_of(result)), ["a/f"])
    same(set(tree_of(client, result, "b/d")), {"g"})


@test(needs="execution")
def the_newer_field_counts_where_both_are_set(client):
    result = run(client, "echo a >a; echo b >b", outputs=["a"], output_files=["b"])
    same(list(files_of(result)), ["a"])


@test(needs="execution")
def outputs_are_relative_to_the_working_directory(client):
    result = run(client, "echo a >a; mkdir -p ../out; echo b >../out/b", {"w": {"in": b""}},
                 working_directory="w", outputs=["a"])
    same(list(files_of(result)), ["a"])


@test(needs="execution")
def an_input_may_be_replaced_where_an_output_is_declared(client):
    result = run(client, "rm in; echo new >in", {"in": b"old"}, outputs=["in"])
    same(files_of(result), {"in": (key(digest(b"new\n")), False)})
    same(client.read(client.put(b"old")), b"old")


@test(needs="execution")
def an_output_directory_may_hold_inputs(client):
    result = run(client, "echo new >d/new", {"d": {"old": b"old"}}, outputs=["d"])
    same(set(tree_of(client, result, "d")), {"old", "new"})


@test(needs="execution")
def the_whole_root_may_be_the_output(client):
    result = run(client, "echo new >new", {"old": b"old"}, outputs=[""])
    same(set(tree_of(client, result, "")), {"old", "new"})


@test(needs="execution")
def an_absolute_link_is_left_as_it_is(client):
    result = run(client, "ln -s /etc/passwd l; mkdir d; ln -s /etc d/l", outputs=["l", "d"])
    same(links_of(result.output_symlinks), {"l": "/etc/passwd"})
    same(tree_of(client, result, "d"), {"l": Link("/etc")})


@test(needs="execution")
def an_output_is_not_read_through_a_link_that_leaves_the_root(client):
    response = client.run_command(["/bin/sh", "-ec", "rm -rf d; ln -s /etc d"],
                                  outputs=["d/passwd"], salt=os.urandom(8))
    same(files_of(response.result), {})


@test(needs="execution")
def what_is_neither_file_directory_nor_link_is_no_output(client):
    response = client.run_command(["/bin/sh", "-ec", "mkfifo f; mkdir d; mkfifo d/f; echo x >d/x"],
                                  outputs=["f", "d"], salt=os.urandom(8))
    same(files_of(response.result), {})
    if response.result.output_directories:
        same(set(tree_of(client, response.result, "d")), {"x"})
    else:
        holds(response.status.code, "no directory, and no reason")


@test(needs="execution")
def names_may_be_long_and_odd(client):
    name = "n" * 255
    result = run(client, f"echo x >{name}; echo y >'a b\\c'; echo z >ü; mkdir -p d; : >d/.hid",
                 outputs=[name, "a b\\c", "ü", "d"])
    same(set(files_of(result)), {name, "a b\\c", "ü"})
    same(set(tree_of(client, result, "d")), {".hid"})


@test(needs="execution")
def outputs_that_no_path_can_be_are_refused(client):
    for path in ("/etc/passwd", "../out", "a/../../out", "a//b", "a/", "./a", "\x00", "x" * 5000):
        response = refused(client, path)
        holds(response is None or response.status.code == 3 or not files_of(response.result),
              f"{path!r}: {response}")


def refused(client, path):
    try:
        return client.run_command(["/bin/sh", "-c", "true"], outputs=[path], salt=os.urandom(8))
    except Exception as error:  # pylint: disable=broad-except
        same(error.code().name, "INVALID_ARGUMENT")
        return None


@test(needs="execution")
def two_thousand_outputs(client):
    count = 2000
    result = run(client, f"i=0; while [ $i -lt {count} ]; do echo $i >o/$i; i=$((i+1)); done",
                 outputs=[f"o/{number}" for number in range(count)])
    same(len(result.output_files), count)
    same(client.missing([file.digest for file in result.output_files]), set())


@test(needs="execution")
def a_tree_of_five_thousand_files(client):
    script = ("for a in 0 1 2 3 4; do for b in 0 1 2 3 4 5 6 7 8 9; do mkdir -p d/$a/$b; i=0; "
              "while [ $i -lt 100 ]; do echo $a$b$i >d/$a/$b/$i; i=$((i+1)); done; done; done")
    result = run(client, script, outputs=["d"])
    same(len(tree_of(client, result, "d")), 5000)


@test(needs="execution")
def a_large_output_file(client):
    result = run(client, "head -c 40000000 /dev/zero >big", outputs=["big"])
    same(files_of(result), {"big": (key(digest(bytes(40_000_000))), False)})
    same(client.read(digest(bytes(40_000_000))) == bytes(40_000_000), True, "equal")


@test(needs="execution")
def output_files_are_inlined_for_those_who_ask(client):
    of = client.action(["/bin/sh", "-c", "echo in >f"], outputs=["f"], salt=os.urandom(8))
    result = client.run(of, inline_stdout=True, inline_output_files=["f"]).result
    holds(result.output_files[0].contents in (b"", b"in\n"), "other bytes")
    same(key(result.output_files[0].digest), key(digest(b"in\n")))
