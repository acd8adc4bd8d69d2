# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What the service says of itself, and what it says to what it doesn't know."""

import grpc

from reapi.harness import Tests, fails, holds, same
from reapi.messages import SHA256, ZSTD, google, health, reapi
from reapi.client import Client
from reapi.tree import digest

test = Tests()

SERVING = health.HealthCheckResponse.SERVING
RESERVED = ("blobs", "uploads", "actions", "actionResults", "operations", "capabilities",
            "compressed-blobs")


@test()
def our_messages_agree_with_those_generated_from_the_api(_):
    from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2
    from buildstream._protos.google.bytestream import bytestream_pb2
    from buildstream._protos.google.longrunning import operations_pb2

    compared = []
    for theirs in (remote_execution_pb2, bytestream_pb2, operations_pb2):
        ours = reapi if theirs is remote_execution_pb2 else google
        for name, descriptor in theirs.DESCRIPTOR.message_types_by_name.items():
            if hasattr(ours, name):
                compare(getattr(ours, name).DESCRIPTOR, descriptor, compared)
    holds(len(compared) > 100, f"{len(compared)} fields compared")


def compare(ours, theirs, compared):
    """Each field that both have. An enum of ours may stand for one of theirs."""
    for field in theirs.fields:
        mine = ours.fields_by_name.get(field.name)
        if mine is None or field.name == "digest_function":
            continue  # it was repeated once, by this name
        same((mine.number, mine.type, mine.label), (field.number, field.type, field.label),
             f"{theirs.full_name}.{field.name}")
        compared.append(field.name)
    for nested in theirs.nested_types:
        if nested.name in ours.nested_types_by_name:
            compare(ours.nested_types_by_name[nested.name], nested, compared)


@test()
def an_api_2_0_client_is_welcome(client):
    said = client.call("GetCapabilities")
    same((said.low_api_version.major, said.low_api_version.minor), (2, 0), "lowest version")
    holds((said.high_api_version.major, said.high_api_version.minor) >= (2, 3), "newest version")


@test()
def the_cache_uses_sha256_and_takes_results(client):
    cache = client.call("GetCapabilities").cache_capabilities
    holds(SHA256 in cache.digest_functions, "SHA256 is not among the digest functions")
    holds(cache.action_cache_update_capabilities.update_enabled, "no results are taken")


@test()
def zstd_is_offered(client):
    cache = client.call("GetCapabilities").cache_capabilities
    same(list(cache.supported_compressors), [ZSTD])


@test(needs="execution")
def execution_is_offered_with_sha256_and_any_priority(client):
    said = client.call("GetCapabilities").execution_capabilities
    same((said.exec_enabled, said.digest_function), (True, SHA256))
    for priority in (-100, 0, 100):
        holds(any(range_.min_priority <= priority <= range_.max_priority
                  for range_ in said.execution_priority_capabilities.priorities),
              f"priority {priority} is out of range")


@test()
def the_server_is_healthy(client):
    same(client.call("HealthCheck").status, SERVING)


@test()
def health_of_an_unknown_service_is_not_found(client):
    with fails("NOT_FOUND"):
        client.call("HealthCheck", service="no.such.Service")


@test()
def unknown_methods_are_unimplemented(client):
    for name in ("/build.bazel.remote.execution.v2.Execution/Guess", "/no.such.Service/Method"):
        method = client.channel.unary_unary(name, lambda data: data, lambda data: data)
        with fails("UNIMPLEMENTED"):
            method(b"", timeout=10)


@test()
def instance_names_may_be_empty_or_have_slashes(client):
    for name in ("", "main", "a/b/c", "ü"):
        with Client(client.target, instance=name) as other:
            other.call("GetCapabilities", instance_name=name)
            data = f"for instance {name}".encode()
            other.put(data)
            same(other.read(digest(data)), data)
            other.write(data + b" again")
            same(other.get(digest(data + b" again")), data + b" again")


@test()
def instance_names_with_reserved_words_are_refused(client):
    for word in RESERVED:
        with fails("INVALID_ARGUMENT"):
            client.call("FindMissingBlobs", instance_name=f"a/{word}/b", blob_digests=[])


@test()
def another_digest_function_is_refused(client):
    of = reapi.Digest(hash="a" * 40, size_bytes=3)
    with fails("INVALID_ARGUMENT"):
        client.call("FindMissingBlobs", blob_digests=[of],
                    digest_function=reapi.DigestFunction.SHA1)


@test()
def a_message_that_is_no_message_is_refused(client):
    method = client.channel.unary_unary(
        "/build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs",
        lambda data: data, lambda data: data)
    with fails("INVALID_ARGUMENT", "INTERNAL"):
        method(b"\x0a\xff\xff\xff\x7f", timeout=10)


@test()
def keepalive_pings_are_welcome(client):
    """One each 100 ms, without a call: gRPC's servers answer too_many_pings unless told."""
    import time
    with Client(client.target, options=[("grpc.keepalive_time_ms", 100),
                                        ("grpc.keepalive_permit_without_calls", 1),
                                        ("grpc.http2.max_pings_without_data", 0)]) as other:
        other.call("GetCapabilities")
        states = []
        other.channel.subscribe(states.append)
        time.sleep(1.5)
        other.call("GetCapabilities")
        holds(grpc.ChannelConnectivity.TRANSIENT_FAILURE not in states and
              grpc.ChannelConnectivity.IDLE not in states[1:], f"the connection broke: {states}")
