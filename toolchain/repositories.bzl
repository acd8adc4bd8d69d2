# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""For WORKSPACE: a first build needs `rust_toolchains()` and no more."""

load("//toolchain/private:machine.bzl", "rust_machine")

def rust_toolchains(name = "cleave_rust", **kwargs):
    """Finds this machine's rustc, linker and cleave, and registers a toolchain of them.

    Args:
      name: the repository's name. `@NAME//:host` is the platform of this machine, `@NAME//:remote`
        that of workers of the same kind, for `--extra_execution_platforms`.
      **kwargs: the attributes of a machine's toolchain, below.
    """
    rust_machine(name = name, **kwargs)
    native.register_toolchains("@%s//:all" % name)
    native.register_execution_platforms("@%s//:host" % name)
