# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""All that the rules need of Bazel's C++ support."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load("//rules/shared:flags.bzl", "rust_link_flags")

CC_ATTRIBUTES = {
    "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
}

# The execution root, as rustc and build scripts may know it: the same in every directory and on every machine.
EXECUTION_ROOT = "/proc/self/cwd"

CC_TOOLCHAIN_TYPE = "@bazel_tools//tools/cpp:toolchain_type"

def _features(ctx, toolchain):
    return cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )

def cc_linker(ctx):
    """The C toolchain as rustc's linker.

    Args:
      ctx: of a rule with CC_ATTRIBUTES and the fragment `cpp`.

    Returns:
      A struct: `program`, the driver's path; `flags`; `env`; `files`.
    """
    toolchain = find_cpp_toolchain(ctx)
    features = _features(ctx, toolchain)
    variables = cc_common.create_link_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        is_linking_dynamic_library = False,
    )
    action = ACTION_NAMES.cpp_link_executable
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = action,
        variables = variables,
    )
    return struct(
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = action,
            variables = variables,
        ),
        files = toolchain.all_files,
        flags = rust_link_flags(flags),
        program = cc_common.get_tool_for_action(feature_configuration = features, action_name = action),
    )

def cc_compiler(ctx):
    """The C toolchain as a build script's compiler.

    Args:
      ctx: of a rule with CC_ATTRIBUTES and the fragment `cpp`.

    Returns:
      A struct: `env`, CC, CXX, AR, CFLAGS and CXXFLAGS; `files`.
    """
    toolchain = find_cpp_toolchain(ctx)
    features = _features(ctx, toolchain)

    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
    )
    flags = {}
    for name, action in {"CFLAGS": ACTION_NAMES.c_compile, "CXXFLAGS": ACTION_NAMES.cpp_compile}.items():
        flags[name] = " ".join(cc_common.get_memory_inefficient_command_line(
            feature_configuration = features,
            action_name = action,
            variables = variables,
        ))
    tools = {
        name: cc_common.get_tool_for_action(feature_configuration = features, action_name = action)
        for name, action in _COMPILER_TOOLS.items()
    }

    # A build script runs in its package: from there, a relative path leads nowhere.
    tools = {name: path if path.startswith("/") else EXECUTION_ROOT + "/" + path for name, path in tools.items()}
    return struct(env = dict(flags, **tools), files = toolchain.all_files)

_COMPILER_TOOLS = {
    "AR": ACTION_NAMES.cpp_link_static_library,
    "CC": ACTION_NAMES.c_compile,
    "CXX": ACTION_NAMES.cpp_compile,
}

def _library_file(library):
    """(file, shared) of what a Rust crate links of a library: static where there is a choice."""
    static = library.pic_static_library or library.static_library
    if static:
        return static, False
    shared = library.resolved_symlink_dynamic_library or library.dynamic_library
    return library.interface_library or shared, True

def cc_natives(cc_info):
    """The libraries of a cc_library and all below.

    Args:
      cc_info: CcInfo.

    Returns:
      A struct: `libraries`, as NativesInfo has them; `flags`; `runtime`, shared libraries that a
      program needs when it runs; `files`, other files that the link reads.
    """
    libraries, flags, runtime, files = [], [], [], []
    for linker_input in cc_info.linking_context.linker_inputs.to_list():
        flags.extend(linker_input.user_link_flags)
        files.extend(linker_input.additional_inputs)
        for library in linker_input.libraries:
            file, shared = _library_file(library)
            if not file:
                continue
            libraries.append(struct(
                file = file,
                owner = linker_input.owner,
                shared = shared,
                whole = library.alwayslink and not shared,
            ))
            if shared:
                runtime.append(library.dynamic_library or file)
    return struct(files = files, flags = flags, libraries = libraries, runtime = runtime)

def _link_name(file):
    """What `#[link(name = …)]` calls a library's file: libz.pic.a, libz.a and libz.so.1 are `z`."""
    return file.basename[len("lib"):].partition(".")[0] if file.basename.startswith("lib") else None

def cc_search_directory(ctx, targets):
    """Puts libraries under the names by which rustc searches for them.

    Args:
      ctx: of a rule.
      targets: what the sources name; libraries that these need are no part of it.

    Returns:
      A list of Files, all in one directory.
    """
    files = {}
    for target in targets:
        own = [library for library in cc_natives(target[CcInfo]).libraries if library.owner == target.label]
        if not own:
            fail("%s: codegen_deps: %s has no library of its own" % (ctx.label, target.label))
        for library in own:
            name = _link_name(library.file)
            basename = "lib%s%s" % (name, ".so" if library.shared else ".a")
            if not name:
                fail("%s: codegen_deps: %s: no #[link] finds %s, whose name isn't lib…" % (ctx.label, target.label, library.file.basename))
            if basename in files:
                fail("%s: codegen_deps: %s is the second %s" % (ctx.label, target.label, basename))
            files[basename] = ctx.actions.declare_file("%s.natives/%s" % (ctx.label.name, basename))
            ctx.actions.symlink(output = files[basename], target_file = library.file)
    return files.values()

def cc_info_of_library(ctx, static = None, shared = None, alwayslink = False, cc_infos = [], flags = []):
    """CcInfo of a library that rustc made, for C targets.

    Args:
      ctx: of a rule with CC_ATTRIBUTES and the fragment `cpp`.
      static: File of a static library, or None.
      shared: File of a shared library, or None.
      alwayslink: whether all of the static library is linked.
      cc_infos: of the native libraries that it needs.
      flags: arguments for the linker that it needs.

    Returns:
      CcInfo.
    """
    toolchain = find_cpp_toolchain(ctx)
    library = cc_common.create_library_to_link(
        actions = ctx.actions,
        feature_configuration = _features(ctx, toolchain),
        cc_toolchain = toolchain,
        static_library = static,
        pic_static_library = static,
        dynamic_library = shared,
        alwayslink = alwayslink,
    )
    linker_input = cc_common.create_linker_input(
        owner = ctx.label,
        libraries = depset([library]),
        user_link_flags = depset(flags),
    )
    own = CcInfo(linking_context = cc_common.create_linking_context(linker_inputs = depset([linker_input])))
    return cc_common.merge_cc_infos(direct_cc_infos = [own], cc_infos = cc_infos)
