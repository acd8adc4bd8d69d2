# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""ActionCache, and that no result is given whose blobs aren't all there."""

import os

from reapi.client import make_action
from reapi.harness import Tests, fails, holds, same
from reapi.messages import reapi
from reapi.tree import Blobs, digest, key

test = Tests()


def new_action(client):
    return client.action(["true"], salt=os.urandom(8))


def tree_of(content):
    """(Blobs with the files, Tree message)."""
    blobs = Blobs()
    tree = reapi.Tree(root=blobs.directory(content))
    for name in sorted(content):
        if isinstance(content[name], dict):
            tree.children.append(blobs.directory(content[name]))
    return blobs, tree


@test()
def an_unknown_action_is_not_found(client):
    same(client.cached(digest(os.urandom(9))), None)


@test()
def a_result_that_was_given_is_found(client):
    of = new_action(client)
    result = reapi.ActionResult(exit_code=0, stdout_digest=client.put(b"said"))
    result.output_files.add(path="a/out", digest=client.put(b"out"), is_executable=True)
    result.output_symlinks.add(path="link", target="a/out")
    client.cache(of, result)
    found = client.cached(of)
    same((list(found.output_files), list(found.output_symlinks), found.exit_code),
         (list(result.output_files), list(result.output_symlinks), 0))


@test()
def the_newest_result_counts(client):
    of = new_action(client)
    for text in (b"one", b"two"):
        client.cache(of, reapi.ActionResult(stdout_digest=client.put(text)))
    same(key(client.cached(of).stdout_digest), key(digest(b"two")))


@test()
def every_result_has_execution_metadata(client):
    """Buck2 refuses one without, and Bazel uploads none."""
    of = new_action(client)
    client.cache(of, reapi.ActionResult(stdout_digest=client.put(b"x")))
    holds(client.cached(of).HasField("execution_metadata"), "no execution_metadata")


@test()
def a_result_is_given_only_when_each_blob_is_there(client):
    """Then it comes back as soon as the blob does."""
    for field in ("stdout_digest", "stderr_digest", "file"):
        of, late = new_action(client), os.urandom(100)
        result = reapi.ActionResult()
        if field == "file":
            result.output_files.add(path="out", digest=digest(late))
        else:
            getattr(result, field).CopyFrom(digest(late))
        with_missing(client, of, result)
        same(client.cached(of), None, f"with {field} missing")
        client.put(late)
        client.cache(of, result)
        holds(client.cached(of) is not None, f"with {field} there")


def with_missing(client, of, result):
    """A server may refuse such a result, or take it and not give it."""
    try:
        client.cache(of, result)
    except Exception as error:  # pylint: disable=broad-except
        if error.code().name not in ("NOT_FOUND", "FAILED_PRECONDITION", "INVALID_ARGUMENT"):
            raise


@test()
def a_result_is_given_only_when_all_of_its_trees_is_there(client):
    for late in ("the tree", "a file of its root", "a file below"):
        of = new_action(client)
        root, below = os.urandom(9), os.urandom(9)
        blobs, tree = tree_of({"file": root, "sub": {"deep": below}})
        tree_digest = blobs.message(tree)
        late_data = {"the tree": tree.SerializeToString(deterministic=True),
                     "a file of its root": root, "a file below": below}[late]
        del blobs.by_key[key(digest(late_data))]
        client.put_all(blobs)
        result = reapi.ActionResult()
        result.output_directories.add(path="out", tree_digest=tree_digest)
        with_missing(client, of, result)
        same(client.cached(of), None, f"with {late} missing")
        client.put(late_data)
        client.cache(of, result)
        holds(client.cached(of) is not None, f"with {late} there")


@test()
def a_result_with_a_tree_that_is_none_is_not_given(client):
    of = new_action(client)
    result = reapi.ActionResult()
    result.output_directories.add(path="out", tree_digest=client.put(b"\xff\xff" + os.urandom(50)))
    with_missing(client, of, result)
    same(client.cached(of), None)


@test()
def output_is_inlined_for_those_who_ask(client):
    of = new_action(client)
    result = reapi.ActionResult(stdout_digest=client.put(b"said"), stderr_digest=client.put(b"no"))
    result.output_files.add(path="out", digest=client.put(b"content"))
    client.cache(of, result)
    found = client.cached(of, inline_stdout=True, inline_stderr=True, inline_output_files=["out"])
    same((found.stdout_raw, found.stderr_raw, found.output_files[0].contents),
         (b"said", b"no", b"content"))
    same(client.cached(of).stdout_raw, b"")


@test()
def a_result_of_many_outputs_is_kept_below_what_clients_take(client):
    """60,000 outputs: above 4 MiB."""
    of = new_action(client)
    blob = client.put(b"many")
    result = reapi.ActionResult()
    for number in range(60_000):
        result.output_files.add(path=f"out/{number:05}", digest=blob)
    with fails("RESOURCE_EXHAUSTED", "INVALID_ARGUMENT"):
        client.cache(of, result)
        client.cached(of)


@test()
def what_is_inlined_never_makes_an_answer_too_large(client):
    of = new_action(client)
    result = reapi.ActionResult(stdout_digest=client.put(os.urandom(5 << 20)))
    for number in range(100):
        result.output_files.add(path=f"out{number}", digest=client.put(os.urandom(60_000)))
    client.cache(of, result)
    found = client.cached(of, inline_stdout=True,
                          inline_output_files=[f"out{number}" for number in range(100)])
    same(len(found.output_files), 100)


@test()
def a_result_without_a_digest_is_refused(client):
    with fails("INVALID_ARGUMENT"):
        client.call("UpdateActionResult", action_result=reapi.ActionResult())
    with fails("INVALID_ARGUMENT"):
        client.call("GetActionResult")


@test()
def instances_have_results_of_their_own(client):
    blobs, of = make_action(["true"], salt=os.urandom(8))
    client.put_all(blobs)
    result = reapi.ActionResult(stdout_digest=client.put(b"x"))
    client.call("UpdateActionResult", instance_name="one", action_digest=of, action_result=result)
    client.call("GetActionResult", instance_name="one", action_digest=of)
    with fails("NOT_FOUND"):
        client.call("GetActionResult", instance_name="two", action_digest=of)
