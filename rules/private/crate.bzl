# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""From a target's attributes to a crate: what is compiled, with what, under which name."""

load("//rules/shared:flags.bzl", "split_flags", "version_environment")
load(":cc.bzl", "EXECUTION_ROOT", "cc_natives", "cc_search_directory")
load(":flags.bzl", "flag_value")
load(":providers.bzl", "BuildScriptInfo", "NativesInfo", "RustCrateInfo")

TOOLCHAIN_TYPE = str(Label("//toolchain:toolchain_type"))
LINK_TOOLCHAIN_TYPE = str(Label("//toolchain:link_toolchain_type"))

def crate_error(ctx, attribute, message):
    """Fails the analysis, naming target and attribute."""
    fail("%s: %s: %s" % (ctx.label, attribute, message))

def _crate_name(ctx):
    name = ctx.attr.crate_name or ctx.label.name.replace("-", "_").replace("/", "_")
    for letter in name.elems():
        if not (letter.isalnum() or letter == "_"):
            crate_error(ctx, "crate_name", "%r can't be a crate's name, for its %r; set crate_name" % (name, letter))
    return name

def _crate_root(ctx, srcs, kind):
    if ctx.file.crate_root:
        return ctx.file.crate_root
    if not srcs:
        crate_error(ctx, "srcs", "is empty; name the crate's source files")
    for basename in [{"bin": "main.rs"}.get(kind, "lib.rs"), ctx.label.name + ".rs"]:
        found = [src for src in srcs if src.basename == basename]
        if len(found) == 1:
            return found[0]
    if len(srcs) == 1:
        return srcs[0]
    crate_error(ctx, "crate_root", "which of the %d srcs is the crate's first file? Set crate_root" % len(srcs))
    return None

def package_directory(ctx):
    """The package's path from the execution root."""
    return "/".join([part for part in [ctx.label.workspace_root, ctx.label.package] if part])

def manifest_directory(ctx):
    """CARGO_MANIFEST_DIR of codegen."""
    package = package_directory(ctx)
    return EXECUTION_ROOT + ("/" + package if package else "")

def _environment(ctx, name, version, package_name):
    env = dict(version_environment(version))
    env.update({
        "CARGO_CRATE_NAME": name,
        "CARGO_MANIFEST_DIR": manifest_directory(ctx),
        "CARGO_PKG_NAME": package_name,
    })
    return env

def _expand(ctx, values):
    """Expands `$(location)` and its kin in strings; what they name is in an attribute for files."""
    targets = {}
    for name in ["data", "compile_data", "link_deps", "tools", "srcs"]:
        targets.update({target.label: target for target in getattr(ctx.attr, name, [])})
    return [ctx.expand_location(value, targets.values()) for value in values]

def expand_for_runfiles(ctx, values):
    """Expands `$(location)` and its kin in a dict's values, as a running program sees the files.

    Args:
      ctx: of a rule.
      values: dict of strings.

    Returns:
      A dict.
    """
    values = {name: value.replace("$(location ", "$(rootpath ").replace("$(locations ", "$(rootpaths ") for name, value in values.items()}
    return dict(zip(values.keys(), _expand(ctx, values.values())))

def expand_from_root(ctx, values):
    """Expands `$(location)` and its kin in a dict's values, as rustc and build scripts see the files from any folder.

    Args:
      ctx: of a rule.
      values: dict of strings.

    Returns:
      A dict.
    """
    for macro in ["$(location ", "$(execpath "]:
        values = {name: value.replace(macro, EXECUTION_ROOT + "/" + macro) for name, value in values.items()}
    return dict(zip(values.keys(), _expand(ctx, values.values())))

def _with_generated(ctx, srcs, compile_data, root):
    """(srcs, compile_data, crate_root): where some of them are generated, all are put into one folder."""
    if not [src for src in srcs + compile_data if not src.is_source]:
        return srcs, compile_data, root
    moved = {}
    package = package_directory(ctx)
    for src in srcs + compile_data:
        if src in moved:
            continue
        path = src.path
        if not src.is_source:
            path = path[len(src.root.path) + 1:]
        if package and path.startswith(package + "/"):
            path = path[len(package) + 1:]
        moved[src] = ctx.actions.declare_file("%s.srcs/%s" % (ctx.label.name, path))
        ctx.actions.symlink(output = moved[src], target_file = src)
    beside = [moved[file] for file in compile_data]
    return [moved[src] for src in srcs], beside + compile_data, moved[root]

def _dependencies(ctx, targets, attribute):
    """Parts `deps` into crates, C libraries and a build script."""
    crates, cc_infos, scripts = [], [], []
    for target in targets:
        if RustCrateInfo in target:
            crate = target[RustCrateInfo]
            wrong = {
                "bin": "a program can't be a dependency; use data",
                "proc-macro": "is a proc macro; list it in proc_macro_deps",
            }.get(crate.type)
            if crate.type in ["cdylib", "staticlib"]:
                cc_infos.append(target[CcInfo])
                continue
            if wrong:
                crate_error(ctx, attribute, "%s: %s" % (target.label, wrong))
            crates.append((target.label, crate))
        elif BuildScriptInfo in target:
            scripts.append(target[BuildScriptInfo])
        elif CcInfo in target:
            cc_infos.append(target[CcInfo])
        else:
            crate_error(ctx, attribute, "%s is no Rust crate, no cargo_build_script and no C library" % target.label)
    if len(scripts) > 1:
        crate_error(ctx, attribute, "has %d build scripts: %s" % (len(scripts), " and ".join([str(script.label) for script in scripts])))
    return crates, cc_infos, (scripts[0] if scripts else None)

def _proc_macros(ctx, targets):
    crates = []
    for target in targets:
        if RustCrateInfo not in target or target[RustCrateInfo].type != "proc-macro":
            crate_error(ctx, "proc_macro_deps", "%s is no rust_proc_macro; list it in deps" % target.label)
        crates.append((target.label, target[RustCrateInfo]))
    return crates

def _externs(ctx, crates, aliases):
    """(name, RustCrateInfo) of each direct dependency; two of one name are an error."""
    labels = [str(label) for label, _ in crates]
    for label in aliases:
        if label not in labels:
            crate_error(ctx, "aliases", "%s is in neither deps nor proc_macro_deps; add it there, or take the alias out" % label)
    names = {}
    externs = []
    for label, crate in crates:
        name = aliases.get(str(label), crate.name)
        if name in names and names[name] != label:
            crate_error(ctx, "deps", "%s and %s are both called %s; give one another name by aliases" % (names[name], label, name))
        if name not in names:
            externs.append((name, crate))
        names[name] = label
    return externs

def _aliases(ctx):
    return {str(target.label): name.replace("-", "_") for target, name in getattr(ctx.attr, "aliases", {}).items()}

def _natives(cc_infos, named, file_stem):
    """(NativesInfo or None, shared libraries at run time); `named` are labels of what sources name."""
    if not cc_infos:
        return None, []
    natives = cc_natives(cc_common.merge_cc_infos(cc_infos = cc_infos))
    libraries = [library for library in natives.libraries if library.owner not in named]
    if not libraries and not natives.flags:
        return None, natives.runtime
    return NativesInfo(
        file_stem = file_stem,
        flags = tuple(natives.flags),
        libraries = tuple(libraries),
    ), natives.runtime

def _file_stem(ctx, name, version):
    # Bazel's hash of strings is the same everywhere: Java's String.hashCode.
    return "%s-%d" % (name, hash("%s %s" % (ctx.label, version)) + 2147483648)

def split_of(ctx):
    """Whether this target is split."""
    value = ctx.attr.split if ctx.attr.split != "auto" else flag_value(ctx, "split")
    return value == "on"

def _status_files(ctx, rustc_env, env_files):
    """What a stamped crate's `{KEY}` are read from; nothing for one that can't have any."""
    stamps = ctx.attr.stamp == 1 or (ctx.attr.stamp == -1 and flag_value(ctx, "stamp") == "on")
    if not stamps or not (env_files or [value for value in rustc_env.values() if "{" in value]):
        return []
    return [ctx.info_file, ctx.version_file]

def _own_sources(ctx, kind):
    srcs = ctx.files.srcs
    root = _crate_root(ctx, srcs, kind)
    return _with_generated(ctx, srcs if root in srcs else srcs + [root], ctx.files.compile_data, root)

_NO_PARENT = struct(
    build_script = None,
    cc_infos = [],
    edition = "2021",
    env_files = [],
    externs = [],
    features = [],
    name = None,
    named = [],
    package_name = None,
    rustc_env = {},
    search_files = [],
    search_shared = [],
    version = "0.0.0",
)

def _merge_externs(own, others):
    names = {name: None for name, _ in own}
    return own + [pair for pair in others if pair[0] not in names]

def _leaves_libs_to_library(externs, script):
    """Whether the package's library takes the build script's `-l`; then its programs don't: Cargo's rule."""
    scripts = [crate.own_build_script.label for _, crate in externs if crate.own_build_script]
    return script.label in scripts

def _script_target(ctx, kind, test, parent):
    """Which of a build script's link arguments are the crate's: Cargo's name of its target."""
    if parent:
        return parent.script_target if parent.type == "bin" else "lib"
    if test:
        return "test"
    return {"bin": "bin:" + ctx.label.name, "cdylib": "cdylib"}.get(kind, "lib")

def make_crate(ctx, kind, linker, test = False, parent = None, flags = []):
    """Reads a target's attributes.

    Args:
      ctx: of a rule with CRATE_ATTRIBUTES.
      kind: rustc's crate type.
      linker: path of the linker's driver.
      test: whether rustc makes the crate's tests.
      parent: `source` of the crate that is tested, whose sources and dependencies these are.
      flags: rustc's flags that go before the target's own.

    Returns:
      A struct that compile.bzl and link.bzl work on.
    """
    from_parent = parent or _NO_PARENT
    crates, cc_infos, script = _dependencies(ctx, ctx.attr.deps, "deps")
    crates = crates + _proc_macros(ctx, ctx.attr.proc_macro_deps)
    externs = _merge_externs(_externs(ctx, crates, _aliases(ctx)), from_parent.externs)
    cc_infos = [target[CcInfo] for target in ctx.attr.codegen_deps] + cc_infos + from_parent.cc_infos
    script = script or from_parent.build_script
    name = from_parent.name or _crate_name(ctx)
    version = ctx.attr.version or from_parent.version
    if parent:
        srcs, root = parent.srcs + [src for src in ctx.files.srcs if src not in parent.srcs], parent.crate_root
        compile_data = ctx.files.compile_data + parent.compile_data
    else:
        srcs, compile_data, root = _own_sources(ctx, kind)
    flags = split_flags(flags + _expand(ctx, ctx.attr.rustc_flags))
    if flags["error"]:
        fail("%s: %s" % (ctx.label, flags["error"]))
    rustc_env = dict(from_parent.rustc_env, **expand_from_root(ctx, ctx.attr.rustc_env))
    env_files = ctx.files.rustc_env_files + from_parent.env_files
    package_name = ctx.attr.pkg_name or from_parent.package_name or ctx.label.name
    stem = _file_stem(ctx, name, version)
    named = {target.label: None for target in ctx.attr.codegen_deps}
    named.update({label: None for label in from_parent.named})
    searched = cc_search_directory(ctx, ctx.attr.codegen_deps)
    natives, runtime = _natives(cc_infos, named, stem)
    return struct(
        build_script = script,
        build_script_libs = script != None and not _leaves_libs_to_library(externs, script),
        cc_info = cc_common.merge_cc_infos(cc_infos = cc_infos + [crate.source.cc_info for _, crate in externs]),
        cc_infos = cc_infos,
        compile_data = compile_data,
        crate_root = root,
        edition = ctx.attr.edition or from_parent.edition,
        env = dict(_environment(ctx, name, version, package_name), **rustc_env),
        env_files = env_files,
        externs = externs,
        features = ctx.attr.crate_features or from_parent.features,
        file_stem = stem,
        flags = flags,
        # The tests of a proc macro use the compiler's own crate, too.
        extern_proc_macro = kind == "proc-macro" or (parent != None and parent.type == "proc-macro"),
        harness = getattr(ctx.attr, "use_libtest_harness", True),
        linker = linker,
        lto = flags["lto"],
        name = name,
        named = named.keys(),
        natives = natives,
        package_name = package_name,
        runtime = runtime,
        rustc_env = rustc_env,
        script_target = _script_target(ctx, kind, test, parent),
        search_files = from_parent.search_files + [file for file in searched if file.extension == "a"],
        search_shared = from_parent.search_shared + [file for file in searched if file.extension != "a"],
        srcs = srcs,
        status_files = _status_files(ctx, rustc_env, env_files),
        test = test,
        type = kind,
        version = version,
    )
