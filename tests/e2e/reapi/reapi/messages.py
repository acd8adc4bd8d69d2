# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The messages of src/proto as Python classes: google, reapi and health.

BuildStream's generated modules are too old for much of what is tested (output_paths, compressors,
symlinks), but came from the API's own files: what both have must have the same number and type.
"""

import os
import subprocess
import tempfile
import types

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "..", ".."))
FILES = ("google", "reapi", "health")


def describe():
    """src/proto's files as a FileDescriptorSet, by the compiler that the build needs anyway."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc-c", "-I", os.path.join(TOP, "src"),
                        f"--descriptor_set_out={out.name}", "--include_imports",
                        *(f"proto/{name}.proto" for name in FILES)], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read())


def class_of(factory, descriptor):
    """The class of a message, with those of the messages inside it as attributes."""
    made = factory.GetPrototype(descriptor)
    for nested in descriptor.nested_types:
        if not hasattr(made, nested.name):
            setattr(made, nested.name, class_of(factory, nested))
    return made


def load():
    pool = descriptor_pool.DescriptorPool()
    factory = message_factory.MessageFactory(pool)
    packages = {}
    for file in describe().file:
        pool.Add(file)
        packages[file.package] = types.SimpleNamespace(**{
            message.name: class_of(factory, pool.FindMessageTypeByName(
                f"{file.package}.{message.name}")) for message in file.message_type})
    return [packages[name] for name in FILES]


google, reapi, health = load()

# DigestFunction.SHA256 and the like, by their old names.
SHA256 = reapi.DigestFunction.SHA256
ZSTD = reapi.Compressor.ZSTD
IDENTITY = reapi.Compressor.IDENTITY


def pack(message, type_name):
    return google.Any(type_url=f"type.googleapis.com/{type_name}",
                      value=message.SerializeToString())


def unpack(any_message, type_name, message_class):
    """The message in an Any, which must be of that type."""
    expected = f"type.googleapis.com/{type_name}"
    if any_message.type_url != expected:
        raise AssertionError(f"an Any of {any_message.type_url!r}, not {expected!r}")
    return message_class.FromString(any_message.value)
