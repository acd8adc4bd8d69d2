# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""For MODULE.bazel. Untested: the tests run Debian's Bazel 4.2, which has no modules."""

load("//toolchain/private:machine.bzl", "MACHINE_ATTRIBUTES", "rust_machine")

def _rust_impl(ctx):
    for module in ctx.modules:
        for tag in module.tags.toolchains:
            rust_machine(**{name: getattr(tag, name) for name in ["name"] + list(MACHINE_ATTRIBUTES)})

rust = module_extension(
    implementation = _rust_impl,
    tag_classes = {
        "toolchains": tag_class(
            doc = "A repository with this machine's toolchain: register `@NAME//:all`, and `@NAME//:host` as execution platform.",
            attrs = dict(MACHINE_ATTRIBUTES, name = attr.string(doc = "The repository's name.", default = "cleave_rust")),
        ),
    },
)
