# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""rust_toolchain: a rustc, its sysroot and cleave."""

load("//rules/private:providers.bzl", "RustToolchainInfo")

def _rust_toolchain_impl(ctx):
    if bool(ctx.attr.sysroot_path) == bool(ctx.file.rustc):
        fail("rust_toolchain %s: give either rustc, a file of the sysroot to upload, or sysroot_path, where workers have it" % ctx.label)
    requirements = {}
    sysroot = ctx.attr.sysroot_path
    if ctx.file.rustc:
        sysroot = ctx.file.rustc.dirname.rpartition("/")[0]
    elif not ctx.attr.preinstalled:
        requirements = {"no-remote-exec": "1"}
    return [platform_common.ToolchainInfo(
        rust = RustToolchainInfo(
            cleave = ctx.executable.cleave,
            codegen_files = depset(transitive = [target.files for target in ctx.attr.codegen_files]),
            execution_requirements = requirements,
            host_triple = ctx.attr.host_triple,
            label = ctx.label,
            link_files = depset(transitive = [target.files for target in ctx.attr.link_files]),
            link_key = depset(transitive = [target.files for target in ctx.attr.link_key]),
            rustc = sysroot + "/bin/rustc",
            std_dylibs = depset(transitive = [target.files for target in ctx.attr.std_dylibs]),
            sysroot = sysroot,
            target_triple = ctx.attr.target_triple,
            version = ctx.attr.version,
        ),
    )]

rust_toolchain = rule(
    implementation = _rust_toolchain_impl,
    doc = "A rustc, its sysroot and cleave. Register it for `@cleave//toolchain:toolchain_type`, and what links here also, without `target_compatible_with`, for `@cleave//toolchain:link_toolchain_type`.",
    attrs = {
        "cleave": attr.label(
            doc = "The program `cleave`: a file, or the target `@cleave//:cleave` to build it.",
            allow_single_file = True,
            cfg = "exec",
            executable = True,
            mandatory = True,
        ),
        "codegen_files": attr.label_list(
            doc = "What rustc needs to compile: its libraries and std. Without `rustc`: a file that changes when the installed rustc does.",
            allow_files = True,
        ),
        "host_triple": attr.string(doc = "What rustc runs on.", mandatory = True),
        "link_files": attr.label_list(
            doc = "What a link needs of the sysroot: std's rlibs, and the linker that comes with rustc.",
            allow_files = True,
        ),
        "link_key": attr.label_list(
            doc = "Linker and libc of the machine that links, so that its links are its own in a shared cache.",
            allow_files = True,
        ),
        "preinstalled": attr.bool(
            doc = "Whether every worker has `sysroot_path`. Else actions that run rustc stay on this machine.",
        ),
        "rustc": attr.label(
            doc = "`bin/rustc` of a sysroot that is uploaded to workers.",
            allow_single_file = True,
            cfg = "exec",
        ),
        "std_dylibs": attr.label_list(
            doc = "std's shared library, which programs linked with `-Cprefer-dynamic` need when they run.",
            allow_files = True,
        ),
        "sysroot_path": attr.string(
            doc = "Absolute path of a sysroot that isn't uploaded; `bin/rustc` is in it.",
        ),
        "target_triple": attr.string(doc = "What rustc compiles for.", mandatory = True),
        "version": attr.string(doc = "What `rustc --version` says.", mandatory = True),
    },
)
