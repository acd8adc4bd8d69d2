# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The actions that run rustc: RustMetadata, RustCodegen, and Rustc for `split = off`."""

load("//rules/shared:flags.bzl", "CRATE_TYPES", "PROFILES")
load(":cc.bzl", "EXECUTION_ROOT")
load(":crate.bzl", "TOOLCHAIN_TYPE")

def rust_toolchain_of(ctx):
    """RustToolchainInfo of the actions that run rustc."""
    return ctx.toolchains[TOOLCHAIN_TYPE].rust

def _directory(file):
    return file.dirname

def _transitive(crate, field):
    return depset(transitive = [getattr(dependency, field) for _, dependency in crate.externs])

def transitive(crate):
    """What lies below a crate, by the fields of RustCrateInfo."""
    return struct(
        build_scripts = _transitive(crate, "build_scripts"),
        dylibs = _transitive(crate, "dylibs"),
        final_hollows = _transitive(crate, "final_hollows"),
        hollows = _transitive(crate, "hollows"),
        link_rlibs = _transitive(crate, "link_rlibs"),
        natives = _transitive(crate, "natives"),
        natives_in_dylibs = _transitive(crate, "natives_in_dylibs"),
        proc_macros = _transitive(crate, "proc_macros"),
        rlibs = _transitive(crate, "rlibs"),
        search_files = _transitive(crate, "search_files"),
        search_shared = _transitive(crate, "search_shared"),
    )

def _searched(crate, field):
    """Libraries that rustc searches for: when it links, what dependencies name and don't bundle, too."""
    below = [] if crate.type == "rlib" else [_transitive(crate, field)]
    return depset(getattr(crate, field), transitive = below)

def output_file(ctx, crate, folder):
    """rustc's own output in a folder of this target: one folder for each form of a crate."""
    kind = CRATE_TYPES[crate.type]
    return ctx.actions.declare_file("%s.%s/%s%s%s" % (ctx.label.name, folder, kind["prefix"], crate.file_stem, kind["suffix"]))

def _profile_flags(ctx):
    profile = PROFILES[ctx.var["COMPILATION_MODE"]]
    return ["-Copt-level=" + profile["opt_level"], "-Cdebuginfo=" + profile["debug"]]

def rustc_arguments(ctx, crate, form, output = None):
    """rustc's command line, but for `--out-dir`.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      form: what dependencies are given as: a field of RustCrateInfo, `hollow`, `final_hollow` or `rlib`.
      output: File that rustc itself links; else it writes into `--out-dir`.

    Returns:
      Args.
    """
    toolchain = rust_toolchain_of(ctx)
    below = transitive(crate)
    args = ctx.actions.args()
    args.add(toolchain.rustc)
    args.add(crate.crate_root)
    args.add(crate.name, format = "--crate-name=%s")
    args.add(crate.type, format = "--crate-type=%s")
    args.add(crate.edition, format = "--edition=%s")
    if output:
        args.add(output, format = "--emit=link=%s")
    else:
        args.add("--emit=metadata,link" if crate.type == "rlib" else "--emit=link")
    args.add(crate.file_stem[len(crate.name):], format = "-Cextra-filename=%s")
    args.add(crate.file_stem[len(crate.name) + 1:], format = "-Cmetadata=%s")
    args.add(toolchain.sysroot, format = "--sysroot=%s")
    args.add(toolchain.target_triple, format = "--target=%s")
    args.add(EXECUTION_ROOT, format = "--remap-path-prefix=%s=.")
    args.add_all(_profile_flags(ctx))
    if crate.test:
        args.add("--test" if crate.harness else "--cfg=test")
    args.add_all(crate.features, format_each = "--cfg=feature=\"%s\"")
    for name, dependency in crate.externs:
        args.add("--extern=%s=%s" % (name, getattr(dependency, form).path))
    if crate.extern_proc_macro:
        args.add("--extern=proc_macro")
    args.add_all(
        depset(transitive = [getattr(below, form + "s"), below.proc_macros]),
        map_each = _directory,
        format_each = "-Ldependency=%s",
        uniquify = True,
    )
    args.add_all(
        depset(transitive = [_searched(crate, "search_files"), _searched(crate, "search_shared")]),
        map_each = _directory,
        format_each = "-Lnative=%s",
        uniquify = True,
    )
    args.add_all(crate.flags["codegen"])
    args.add(crate.linker, format = "-Clinker=%s")
    if crate.build_script:
        # As Cargo: a script that declares one cfg would make all others unexpected.
        args.add("--check-cfg=cfg(docsrs,test)")
        args.add("--check-cfg=cfg(feature,values(any()))")
        args.add("@%s/rustc-args" % crate.build_script.dir.path)
        if crate.build_script_libs:
            args.add("@%s/rustc-libs" % crate.build_script.dir.path)
    return args

def codegen_inputs(ctx, crate, form):
    """What rustc reads: sources, dependencies and itself.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      form: as for rustc_arguments.

    Returns:
      A depset of Files.
    """
    below = transitive(crate)
    toolchain = rust_toolchain_of(ctx)
    direct = crate.srcs + crate.compile_data + crate.env_files + crate.status_files
    if crate.build_script:
        direct.append(crate.build_script.dir)
    return depset(
        direct,
        transitive = [
            toolchain.codegen_files,
            getattr(below, form + "s"),
            below.proc_macros,
            _searched(crate, "search_files"),
        ],
    )

def env_file_arguments(args, crate):
    """Adds the files that rustc's environment is read from, and those that stamp it.

    Args:
      args: Args of a verb of cleave.
      crate: from make_crate.
    """
    if crate.build_script:
        args.add("--env-file", crate.build_script.dir.path + "/env")
    args.add_all(crate.env_files, before_each = "--env-file")
    args.add_all(crate.status_files, before_each = "--status-file")

def run_rustc(ctx, crate, mnemonic, message, verb, rustc, inputs, outputs, env = {}):
    """Runs a verb of cleave that runs rustc.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      mnemonic: of the action.
      message: what it does, before the target's label.
      verb: Args of cleave, up to `--`.
      rustc: Args of rustc.
      inputs: depset of Files.
      outputs: list of Files.
      env: dict of variables beside the crate's.
    """
    toolchain = rust_toolchain_of(ctx)
    for args in [verb, rustc]:
        args.set_param_file_format("multiline")
    rustc.use_param_file("@%s")
    ctx.actions.run(
        executable = toolchain.cleave,
        arguments = [verb, rustc],
        inputs = inputs,
        outputs = outputs,
        env = dict(crate.env, **env),
        execution_requirements = toolchain.execution_requirements,
        mnemonic = mnemonic,
        progress_message = "%s %s" % (message, ctx.label),
    )

def verb_arguments(ctx, crate, name):
    """`cleave VERB` with the options that all verbs around rustc share.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      name: the verb.

    Returns:
      Args.
    """
    args = ctx.actions.args()
    args.add(name)
    args.add("--remap-cwd=.")
    args.add("--rustc-version", rust_toolchain_of(ctx).version)
    env_file_arguments(args, crate)
    return args

def _add_slots(verb, crate):
    if not crate.natives:
        return
    verb.add("--slot=natives")
    if crate.type == "rlib" and [library for library in crate.natives.libraries if library.shared]:
        verb.add("--slot=shared-natives")

def metadata_action(ctx, crate, rlib):
    """RustMetadata: the hollow as early as rustc can give it.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      rlib: File of the crate's codegen, whose directory is in rustc's arguments.

    Returns:
      File.
    """
    hollow = output_file(ctx, crate, "early")
    verb = verb_arguments(ctx, crate, "metadata")
    verb.add("-o", hollow)
    _add_slots(verb, crate)
    verb.add("--")
    rustc = rustc_arguments(ctx, crate, "hollow")
    rustc.add(rlib.dirname, format = "--out-dir=%s")
    run_rustc(ctx, crate, "RustMetadata", "Reading", verb, rustc, codegen_inputs(ctx, crate, "hollow"), [hollow])
    return hollow

def library_action(ctx, crate, early):
    """RustCodegen of an rlib.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      early: whether dependents take the hollow of an action of its own (pipelining).

    Returns:
      A struct: `rlib`, `hollow`, `final_hollow`, `link_rlib`.
    """
    rlib = output_file(ctx, crate, "rlib")
    hollow = output_file(ctx, crate, "hollow")
    link_rlib = output_file(ctx, crate, "link")
    verb = verb_arguments(ctx, crate, "codegen")
    verb.add("--hollow-dir", hollow.dirname)
    verb.add("--link-rlib-dir", link_rlib.dirname)
    _add_slots(verb, crate)
    inputs = codegen_inputs(ctx, crate, "hollow")
    early_hollow = None
    if early:
        early_hollow = metadata_action(ctx, crate, rlib)
        verb.add("--early-hollow", early_hollow)
        inputs = depset([early_hollow], transitive = [inputs])
    verb.add("--")
    rustc = rustc_arguments(ctx, crate, "hollow")
    rustc.add(rlib.dirname, format = "--out-dir=%s")
    run_rustc(ctx, crate, "RustCodegen", "Compiling", verb, rustc, inputs, [rlib, hollow, link_rlib])
    return struct(final_hollow = hollow, hollow = early_hollow or hollow, link_rlib = link_rlib, rlib = rlib)

def _form_of_dependencies(crate):
    """As what a linked crate's codegen takes dependencies."""
    if crate.lto:
        return "rlib"
    if crate.type == "staticlib":
        # rustc takes bundled libraries out of them, for which an early hollow has no stand-ins.
        return "final_hollow"
    return "hollow"

def unit_action(ctx, crate):
    """RustCodegen of a linked crate.

    Args:
      ctx: of the rule.
      crate: from make_crate.

    Returns:
      A struct: `unit`, a directory; `hollow`, of a dylib, else None.
    """
    form = _form_of_dependencies(crate)
    unit = ctx.actions.declare_directory(ctx.label.name + ".unit")
    outputs = [unit]
    hollow = None
    verb = verb_arguments(ctx, crate, "codegen")
    verb.add_all([unit], before_each = "-o", expand_directories = False)
    if crate.type == "dylib":
        hollow = output_file(ctx, crate, "hollow")
        outputs.append(hollow)
        verb.add("--hollow-dir", hollow.dirname)
    _add_slots(verb, crate)
    verb.add("--slot=link-args")
    verb.add("--")
    rustc = rustc_arguments(ctx, crate, form)
    rustc.add(unit.dirname, format = "--out-dir=%s")
    run_rustc(ctx, crate, "RustCodegen", "Compiling", verb, rustc, codegen_inputs(ctx, crate, form), outputs)
    return struct(hollow = hollow, unit = unit)
