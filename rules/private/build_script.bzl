# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""cargo_build_script: compiles a build script and runs it."""

load("//rules/shared:flags.bzl", "PROFILES")
load(":cc.bzl", "CC_ATTRIBUTES", "CC_TOOLCHAIN_TYPE", "EXECUTION_ROOT", "cc_compiler")
load(":compile.bzl", "rust_toolchain_of")
load(":crate.bzl", "TOOLCHAIN_TYPE", "expand_from_root", "package_directory")
load(":providers.bzl", "BuildScriptInfo", "RustCrateInfo")
load(":rust.bzl", "rust_binary")

def _link_scripts(ctx):
    """BuildScriptInfo of what `link_deps` names: scripts, or crates that have one."""
    infos = []
    for target in ctx.attr.link_deps:
        if BuildScriptInfo in target:
            infos.append(target[BuildScriptInfo])
        elif RustCrateInfo in target and target[RustCrateInfo].own_build_script:
            infos.append(target[RustCrateInfo].own_build_script)
        else:
            fail("%s: link_deps: %s is no cargo_build_script and no crate with one" % (ctx.label, target.label))
    return infos

def _add_profile(args, ctx):
    mode = ctx.var["COMPILATION_MODE"]
    profile = PROFILES[mode]
    args.add("--opt-level", profile["opt_level"])
    args.add("--debug", "true" if profile["debug"] != "0" else "false")
    args.add("--profile", "release" if mode == "opt" else "debug")

# What would else depend on the machine: its processors, and a Git repository around the execution root.
_ENVIRONMENT = {
    "GIT_CEILING_DIRECTORIES": EXECUTION_ROOT + "/..",
    "NUM_JOBS": "1",
}

def _run_impl(ctx):
    toolchain = rust_toolchain_of(ctx)
    compiler = cc_compiler(ctx)
    directory = ctx.actions.declare_directory(ctx.label.name + ".script")
    scripts = _link_scripts(ctx)
    package = package_directory(ctx) or "."
    args = ctx.actions.args()
    args.add("build-script")
    args.add_all([directory], before_each = "-o", expand_directories = False)
    args.add("--label", str(ctx.label))
    args.add("--manifest-dir", package)
    if ctx.attr.rundir:
        args.add("--cwd", ctx.attr.rundir)
    args.add("--package", ctx.attr.pkg_name)
    args.add("--package-version", ctx.attr.version or "0.0.0")
    if ctx.attr.links:
        args.add("--links", ctx.attr.links)
    args.add_all(ctx.attr.crate_features, before_each = "--feature")
    args.add("--target", toolchain.target_triple)
    args.add("--host", toolchain.host_triple)
    args.add("--rustc", toolchain.rustc)
    args.add_all(ctx.attr.rustc_flags, before_each = "--rustflag")
    _add_profile(args, ctx)
    args.add_all([info.dir for info in scripts], before_each = "--dep", expand_directories = False)
    args.add_all(ctx.attr.discard, before_each = "--discard")
    args.add_all(ctx.files.rustc_env_files, before_each = "--env-file")
    env = dict(dict(dict(_ENVIRONMENT, **compiler.env), **ctx.attr.rustc_env), **expand_from_root(ctx, ctx.attr.build_script_env))
    for name, value in env.items():
        args.add("--env", "%s=%s" % (name, value))
    args.add("--")
    args.add(ctx.executable.script)
    tools = [target[DefaultInfo].files_to_run for target in ctx.attr.tools]
    ctx.actions.run(
        executable = toolchain.cleave,
        arguments = [args],
        inputs = depset(
            ctx.files.srcs + ctx.files.data + ctx.files.rustc_env_files + [info.dir for info in scripts],
            transitive = [toolchain.codegen_files, compiler.files],
        ),
        outputs = [directory],
        tools = tools + [ctx.attr.script[DefaultInfo].files_to_run],
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin"},
        execution_requirements = toolchain.execution_requirements,
        mnemonic = "BuildScriptRun",
        progress_message = "Running the build script %s" % ctx.label,
    )
    return [
        BuildScriptInfo(
            dir = directory,
            label = ctx.label,
            links = ctx.attr.links,
            transitive = depset([directory], transitive = [info.transitive for info in scripts]),
        ),
        DefaultInfo(files = depset([directory])),
    ]

build_script_run = rule(
    implementation = _run_impl,
    doc = "Runs a build script; written by cargo_build_script.",
    attrs = dict(
        CC_ATTRIBUTES,
        build_script_env = attr.string_dict(doc = "The script's environment; `$(execpath)` is expanded."),
        crate_features = attr.string_list(doc = "The package's features that are on."),
        data = attr.label_list(doc = "Files that the script reads.", allow_files = True),
        discard = attr.string_list(
            doc = "Patterns of files in OUT_DIR that nobody reads and that hold the execution root's path, as `*.pc`.",
        ),
        link_deps = attr.label_list(
            doc = "Build scripts, or crates that have one, whose `links` values the script reads as DEP_….",
        ),
        links = attr.string(doc = "The native library that the package names (`links` in Cargo.toml)."),
        pkg_name = attr.string(doc = "The package's name."),
        rundir = attr.string(doc = "Where the script runs, from the execution root; default: its package."),
        rustc_env = attr.string_dict(doc = "What was rustc's environment for the script: Cargo's variables of the package."),
        rustc_env_files = attr.label_list(doc = "Files of NAME=VALUE lines for the script's environment.", allow_files = True),
        rustc_flags = attr.string_list(doc = "What the script sees as CARGO_ENCODED_RUSTFLAGS."),
        script = attr.label(doc = "The compiled script.", cfg = "exec", executable = True, mandatory = True),
        srcs = attr.label_list(doc = "The script's sources, which it may read.", allow_files = True),
        tools = attr.label_list(doc = "Programs that the script runs.", cfg = "exec", allow_files = True),
        version = attr.string(doc = "The package's version."),
    ),
    fragments = ["cpp"],
    provides = [BuildScriptInfo],
    toolchains = [TOOLCHAIN_TYPE, CC_TOOLCHAIN_TYPE],
)

def _package_of(name):
    for suffix in ["_build_script", "_bs"]:
        if name.endswith(suffix):
            return name[:-len(suffix)]
    return name

def cargo_build_script(
        name,
        srcs,
        crate_root = None,
        crate_name = "build_script_build",
        edition = None,
        deps = [],
        proc_macro_deps = [],
        aliases = {},
        crate_features = [],
        rustc_flags = [],
        rustc_env = {},
        rustc_env_files = [],
        compile_data = [],
        pkg_name = None,
        version = None,
        links = None,
        link_deps = [],
        build_script_env = {},
        data = [],
        tools = [],
        rundir = None,
        discard = ["*.pc"],
        visibility = None,
        tags = [],
        **kwargs):
    """Compiles a package's build script and runs it. List it in the `deps` of the package's crates.

    Args:
      name: the target's name.
      srcs: the script's sources.
      crate_root: its first file; default: `build.rs`, or the only one of `srcs`.
      crate_name: its crate's name.
      edition: Rust's edition.
      deps: the crates it uses.
      proc_macro_deps: the proc macros it uses.
      aliases: other names for these.
      crate_features: the package's features that are on.
      rustc_flags: rustc's flags for the script, which it sees as CARGO_ENCODED_RUSTFLAGS, too.
      rustc_env: rustc's environment for the script, which it sees when it runs, too.
      rustc_env_files: files of NAME=VALUE lines for the same.
      compile_data: files that its sources read when compiled.
      pkg_name: the package's name; default: `name` without `_build_script` or `_bs` at its end.
      version: the package's version.
      links: the native library that the package names.
      link_deps: build scripts, or crates with one, whose `links` values it reads.
      build_script_env: its environment when it runs.
      data: files that it reads when it runs.
      tools: programs that it runs.
      rundir: where it runs, from the execution root.
      discard: patterns of files in OUT_DIR that nobody needs and that would hold the execution root's path.
      visibility: as everywhere.
      tags: as everywhere.
      **kwargs: other attributes of every rule (`testonly`, `target_compatible_with` …).
    """
    script = name + ".program"
    package = pkg_name or _package_of(name)
    rust_binary(
        name = script,
        srcs = srcs,
        aliases = aliases,
        compile_data = compile_data,
        crate_features = crate_features,
        crate_name = crate_name,
        crate_root = crate_root or ("build.rs" if "build.rs" in srcs else None),
        deps = deps,
        edition = edition,
        pkg_name = package,
        proc_macro_deps = proc_macro_deps,
        rustc_env = rustc_env,
        rustc_env_files = rustc_env_files,
        rustc_flags = rustc_flags,
        stamp = 0,
        tags = tags + ["manual"],
        version = version,
        visibility = ["//visibility:private"],
        **kwargs
    )
    build_script_run(
        name = name,
        srcs = srcs,
        build_script_env = build_script_env,
        crate_features = crate_features,
        data = data,
        discard = discard,
        link_deps = link_deps,
        links = links,
        pkg_name = package,
        rundir = rundir,
        rustc_env = rustc_env,
        rustc_env_files = rustc_env_files,
        rustc_flags = rustc_flags,
        script = script,
        tags = tags,
        tools = tools,
        version = version,
        visibility = visibility,
        **kwargs
    )
