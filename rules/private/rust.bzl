# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The rules for crates, one for each crate type."""

load("//rules/shared:flags.bzl", "CRATE_TYPES")
load(":attributes.bzl", "BINARY_ATTRIBUTES", "CRATE_ATTRIBUTES", "LINK_ATTRIBUTES", "TEST_ATTRIBUTES")
load(":cc.bzl", "CC_TOOLCHAIN_TYPE", "cc_info_of_library", "cc_linker")
load(":compile.bzl", "library_action", "output_file", "transitive", "unit_action")
load(":crate.bzl", "LINK_TOOLCHAIN_TYPE", "TOOLCHAIN_TYPE", "expand_for_runfiles", "make_crate", "package_directory", "split_of")
load(":flags.bzl", "flag_value")
load(":link.bzl", "LINK_GROUP", "check_link", "link_action", "link_request", "unsplit_library_action", "unsplit_link_action")
load(":providers.bzl", "RustCrateInfo")

# Cargo's variable for a program of the package, which its integration tests start.
_PROGRAM_VARIABLE = "CARGO_BIN_EXE_"

# A test may change its directory before it starts a program: the runfiles are a descriptor that it
# and its children inherit.
_RUNFILES_FD = 9

_TEST_LAUNCHER = """#!/bin/sh
if [ -z "$TEST_SRCDIR" ]; then cd "$0.runfiles/{workspace}" || exit; fi
exec {fd}<.
exec "./{program}" "$@"
"""

# What it starts lies beside it in bazel-bin and among the runfiles of others, and for an action in its own.
_PROGRAM_LAUNCHER = """#!/bin/sh
program="${{0%/*}}/{beside}"
if [ -d "$0.runfiles" ]; then export RUNFILES_DIR="$0.runfiles"; fi
if [ ! -e "$program" ]; then program="$0.runfiles/{workspace}/{program}"; fi
exec /usr/bin/env {env} "$program" "$@"
"""

def _crate_info(crate, rlib, hollow, final_hollow, link_rlibs, below, dylibs):
    """RustCrateInfo of a crate.

    `link_rlibs` is what a link takes in the crate's place.
    """
    is_macro = crate.type == "proc-macro"
    is_library = crate.type in ["rlib", "dylib"]
    natives = depset([crate.natives] if crate.natives else [], transitive = [below.natives])
    own_scripts = [crate.build_script.dir] if crate.build_script else []
    return RustCrateInfo(
        build_scripts = depset(own_scripts, transitive = [below.build_scripts]) if not is_macro else depset(),
        dylibs = dylibs,
        final_hollow = final_hollow,
        final_hollows = depset([final_hollow], transitive = [below.final_hollows]) if is_library else depset(),
        hollow = hollow,
        hollows = depset([hollow], transitive = [below.hollows]) if is_library else depset(),
        link_rlibs = depset(link_rlibs, transitive = [below.link_rlibs]) if is_library else depset(),
        name = crate.name,
        natives = natives if is_library else depset(),
        natives_in_dylibs = natives if crate.type == "dylib" else below.natives_in_dylibs,
        own_build_script = crate.build_script,
        proc_macros = depset([rlib] if is_macro else [], transitive = [below.proc_macros]),
        rlib = rlib,
        rlibs = depset([rlib], transitive = [below.rlibs]) if is_library else depset(),
        search_files = depset(crate.search_files, transitive = [below.search_files]) if is_library else depset(),
        search_shared = depset(crate.search_shared, transitive = [below.search_shared]) if is_library else depset(),
        source = crate,
        type = crate.type,
    )

def _runfiles(ctx, info, files):
    """What a crate needs when it runs: data, and shared libraries, which build scripts may leave."""
    runfiles = ctx.runfiles(
        files = files + ctx.files.data,
        transitive_files = depset(transitive = [info.dylibs, info.build_scripts]),
    )
    for attribute in ["data", "deps"]:
        for target in getattr(ctx.attr, attribute):
            runfiles = runfiles.merge(target[DefaultInfo].default_runfiles)
    return runfiles

def _is_pipelined(ctx, crate):
    """Whether dependents are compiled before this library is.

    An early hollow can't say which native libraries the crate bundles; and the workspace status may change
    between two actions.
    """
    if flag_value(ctx, "pipelining") != "on" or ctx.attr.disable_pipelining or crate.status_files:
        return False
    return not (crate.build_script and crate.build_script.links)

def _library_impl(ctx):
    crate = make_crate(ctx, "rlib", linker = cc_linker(ctx).program)
    below = transitive(crate)
    dylibs = depset(crate.runtime, transitive = [below.dylibs])
    groups = {}
    if split_of(ctx):
        made = library_action(ctx, crate, early = _is_pipelined(ctx, crate))
        info = _crate_info(crate, made.rlib, made.hollow, made.final_hollow, [made.link_rlib], below, dylibs)
        groups = {"hollow": depset([made.final_hollow]), "link_rlib": depset([made.link_rlib])}
    else:
        rlib = output_file(ctx, crate, "rlib")
        unsplit_library_action(ctx, crate, rlib)
        info = _crate_info(crate, rlib, rlib, rlib, [rlib], below, dylibs)
    return [
        info,
        DefaultInfo(
            files = depset([info.rlib]),
            runfiles = _runfiles(ctx, info, []),
        ),
        OutputGroupInfo(**groups),
    ]

def _linked_output(ctx, crate):
    kind = CRATE_TYPES[crate.type]
    if _needs_launcher(ctx, crate):
        return ctx.actions.declare_file(ctx.label.name + ".launched/" + ctx.label.name)
    if crate.type in ["dylib", "proc-macro"]:
        return output_file(ctx, crate, "linked")
    name = ctx.label.name if crate.type == "bin" else crate.name
    return ctx.actions.declare_file(kind["prefix"] + name + kind["suffix"])

def _needs_launcher(ctx, crate):
    """Whether a test starts programs of its package by CARGO_BIN_EXE_…, or a program has an environment."""
    if crate.test:
        return bool([name for name in crate.env if name.startswith(_PROGRAM_VARIABLE)])
    return crate.type == "bin" and bool(ctx.attr.env)

def _test_launcher(ctx, output):
    """A script that starts a test with its runfiles open, so that CARGO_BIN_EXE_… hold in any directory."""
    return _TEST_LAUNCHER.format(
        fd = _RUNFILES_FD,
        program = output.short_path,
        workspace = ctx.workspace_name,
    )

def _shell_quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def _program_launcher(ctx, output):
    """A script that starts a program with its environment."""
    env = expand_for_runfiles(ctx, ctx.attr.env)
    return _PROGRAM_LAUNCHER.format(
        beside = "%s.launched/%s" % (ctx.label.name.rpartition("/")[2], ctx.label.name),
        env = " ".join([_shell_quoted("%s=%s" % item) for item in env.items()]),
        program = output.short_path,
        workspace = ctx.workspace_name,
    )

def _link_crate(ctx, crate):
    """Makes a linked crate: RustCodegen and RustLink, or one Rustc.

    Returns:
      (RustCrateInfo, File, output groups).
    """
    check_link(ctx, crate)
    output = _linked_output(ctx, crate)
    request = link_request(ctx, crate, output)
    hollow = output
    groups = {}
    if split_of(ctx):
        made = unit_action(ctx, crate)
        link_action(ctx, crate, made.unit, request)
        hollow = made.hollow or output
        groups = {"unit": depset([made.unit])}
    else:
        unsplit_link_action(ctx, crate, request)
    dylibs = request.dylibs
    if crate.type == "dylib":
        dylibs = depset([output], transitive = [dylibs])
    info = _crate_info(crate, output, hollow, hollow, [output], transitive(crate), dylibs)
    return info, output, groups

def _program(ctx, crate):
    info, output, groups = _link_crate(ctx, crate)
    executable = output
    if _needs_launcher(ctx, crate):
        executable = ctx.actions.declare_file(ctx.label.name)
        text = _test_launcher(ctx, output) if crate.test else _program_launcher(ctx, output)
        ctx.actions.write(executable, text, is_executable = True)
    return [
        info,
        DefaultInfo(
            executable = executable,
            files = depset([executable]),
            runfiles = _runfiles(ctx, info, [output]),
        ),
        OutputGroupInfo(**groups),
    ]

def _binary_impl(ctx):
    crate = make_crate(ctx, "bin", linker = cc_linker(ctx).program)
    crate.env["CARGO_BIN_NAME"] = ctx.label.name
    return _program(ctx, crate)

def _test_impl(ctx):
    parent = None
    if ctx.attr.crate:
        parent = ctx.attr.crate[RustCrateInfo].source
    crate = make_crate(ctx, "bin", linker = cc_linker(ctx).program, test = True, parent = parent)
    for name, value in crate.env.items():
        if name.startswith(_PROGRAM_VARIABLE):
            crate.env[name] = "/proc/self/fd/%d/%s" % (_RUNFILES_FD, value)
    env = {"CARGO_MANIFEST_DIR": package_directory(ctx) or "."}
    env.update(expand_for_runfiles(ctx, ctx.attr.env))
    return _program(ctx, crate) + [testing.TestEnvironment(env)]

def _proc_macro_impl(ctx):
    info, output, groups = _link_crate(ctx, make_crate(ctx, "proc-macro", linker = cc_linker(ctx).program))
    return [info, DefaultInfo(files = depset([output])), OutputGroupInfo(**groups)]

def _dylib_impl(ctx):
    # As Cargo does: a program can have several only if std isn't in each of them.
    crate = make_crate(ctx, "dylib", linker = cc_linker(ctx).program, flags = ["-Cprefer-dynamic"])
    info, output, groups = _link_crate(ctx, crate)
    return [
        info,
        DefaultInfo(files = depset([output]), runfiles = _runfiles(ctx, info, [output])),
        OutputGroupInfo(**groups),
    ]

def _c_library_impl(ctx, kind):
    crate = make_crate(ctx, kind, linker = cc_linker(ctx).program)
    info, output, groups = _link_crate(ctx, crate)
    is_static = kind == "staticlib"
    return [
        info,
        DefaultInfo(files = depset([output]), runfiles = _runfiles(ctx, info, [] if is_static else [output])),
        OutputGroupInfo(**groups),
        cc_info_of_library(
            ctx,
            static = output if is_static else None,
            shared = None if is_static else output,
            alwayslink = getattr(ctx.attr, "alwayslink", False),
            cc_infos = [crate.cc_info] if is_static else [],
            flags = ctx.attr.std_link_flags if is_static else [],
        ),
    ]

def _static_library_impl(ctx):
    return _c_library_impl(ctx, "staticlib")

def _shared_library_impl(ctx):
    return _c_library_impl(ctx, "cdylib")

_COMMON = {
    "exec_groups": {
        LINK_GROUP: exec_group(
            exec_compatible_with = [str(Label("//toolchain:here"))],
            toolchains = [LINK_TOOLCHAIN_TYPE],
        ),
    },
    "fragments": ["cpp"],
    "toolchains": [TOOLCHAIN_TYPE, CC_TOOLCHAIN_TYPE],
}

rust_library = rule(
    implementation = _library_impl,
    doc = "A Rust library (rlib). Its output groups `hollow` and `link_rlib` are what dependents compile with, and what links take.",
    attrs = CRATE_ATTRIBUTES,
    fragments = ["cpp"],
    provides = [RustCrateInfo],
    toolchains = [TOOLCHAIN_TYPE, CC_TOOLCHAIN_TYPE],
)

rust_binary = rule(
    implementation = _binary_impl,
    doc = "A program. The output group `unit` of this and of all that is linked is the link unit.",
    attrs = dict(dict(CRATE_ATTRIBUTES, **LINK_ATTRIBUTES), **BINARY_ATTRIBUTES),
    executable = True,
    **_COMMON
)

rust_test = rule(
    implementation = _test_impl,
    doc = "The tests of a crate, or of sources of their own.",
    attrs = dict(dict(CRATE_ATTRIBUTES, **LINK_ATTRIBUTES), **TEST_ATTRIBUTES),
    test = True,
    **_COMMON
)

rust_proc_macro = rule(
    implementation = _proc_macro_impl,
    doc = "A proc macro, which rustc loads; list it in `proc_macro_deps`.",
    attrs = dict(CRATE_ATTRIBUTES, **LINK_ATTRIBUTES),
    provides = [RustCrateInfo],
    **_COMMON
)

rust_dylib = rule(
    implementation = _dylib_impl,
    doc = "A Rust library that programs share (dylib).",
    attrs = dict(CRATE_ATTRIBUTES, **LINK_ATTRIBUTES),
    provides = [RustCrateInfo],
    **_COMMON
)

rust_shared_library = rule(
    implementation = _shared_library_impl,
    doc = "A shared library for C (cdylib).",
    attrs = dict(CRATE_ATTRIBUTES, **LINK_ATTRIBUTES),
    provides = [CcInfo],
    **_COMMON
)

rust_static_library = rule(
    implementation = _static_library_impl,
    doc = "A static library for C (staticlib).",
    attrs = dict(
        dict(CRATE_ATTRIBUTES, **LINK_ATTRIBUTES),
        alwayslink = attr.bool(doc = "Whether a C program links all of it, needed or not."),
        std_link_flags = attr.string_list(
            doc = "What std needs of the system, for the C program's link; `[]` for `no_std`.",
            default = ["-lpthread", "-ldl", "-lm"],
        ),
    ),
    provides = [CcInfo],
    **_COMMON
)
