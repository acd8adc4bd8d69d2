# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""The action that links: RustLink, which runs where Bazel runs."""

load("//rules/shared:flags.bzl", "prefers_dynamic")
load(":cc.bzl", "cc_linker", "cc_natives")
load(":compile.bzl", "codegen_inputs", "run_rustc", "rust_toolchain_of", "rustc_arguments", "transitive", "verb_arguments")
load(":crate.bzl", "LINK_TOOLCHAIN_TYPE", "crate_error")
load(":flags.bzl", "flag_value")
load(":providers.bzl", "NativesInfo")

LINK_GROUP = "link"

# Where a C compiler driver looks for its linker, should its own folders lack one.
_PATH = "/usr/local/bin:/usr/bin:/bin"

def _relative(from_directory, path):
    """PATH as seen from FROM_DIRECTORY; both are relative to one place."""
    here = [part for part in from_directory.split("/") if part]
    there = path.split("/")
    common = 0
    for index in range(min(len(here), len(there))):
        if here[index] != there[index]:
            break
        common = index + 1
    return "/".join([".."] * (len(here) - common) + there[common:])

def rpaths(output, dylibs, workspace, for_c = False):
    """`-rpath` flags by which a program finds its shared libraries.

    Args:
      output: File of the program.
      dylibs: list of Files.
      workspace: the main workspace's name.
      for_c: whether C programs load the output, too: by a symlink in _solib_CPU/TARGET.

    Returns:
      A list of arguments: from `bazel-bin`, from the runfiles of another target, and by its own runfiles.
    """
    directories = {}
    own_directory = output.short_path.rpartition("/")[0]
    for dylib in dylibs:
        directory = dylib.short_path.rpartition("/")[0]
        if dylib.short_path.startswith("../"):
            runfiles = directory[len("../"):]
            up = [".."] * (len([part for part in own_directory.split("/") if part]) + 1)
            directories["/".join(up + [runfiles])] = None
            directories["%s.runfiles/%s" % (output.basename, runfiles)] = None
            if dylib.root.path == output.root.path:
                directories[_relative(own_directory, "external/" + runfiles)] = None
        else:
            directories[_relative(own_directory, directory or ".")] = None
            if for_c:
                directories["../../" + directory] = None
            if dylib.is_source:
                directories["%s.runfiles/%s/%s" % (output.basename, workspace, directory)] = None
    return ["-Wl,-rpath,$ORIGIN/" + directory for directory in directories]

def _add_build_scripts(args, crate, output):
    args.add("--run-dir", output.dirname)
    if crate.build_script:
        args.add("--build-script", "%s=%s" % (crate.script_target, crate.build_script.dir.path))
    args.add_all(transitive(crate).build_scripts, before_each = "--build-script", format_each = "cdylib-dep=%s" if crate.type == "cdylib" else "dep=%s", expand_directories = False)

def _native_words(libraries, seen):
    """The driver's arguments for libraries; one that must be linked once is left out when seen."""
    words = []
    for library in libraries:
        path = library.file.path
        if library.shared:
            words.append("-l:" + library.file.basename)
        elif not library.whole:
            words.append(path)
        elif path not in seen:
            words.extend(["-Wl,--whole-archive", path, "-Wl,--no-whole-archive"])
        seen[path] = None
    return words

def _search_words(natives):
    return {"-L" + library.file.dirname: None for native in natives for library in native.libraries if library.shared}.keys()

def _only_shared(native):
    return NativesInfo(
        file_stem = native.file_stem,
        flags = (),
        libraries = tuple([library for library in native.libraries if library.shared]),
    )

def _link_natives(below):
    """NativesInfo below a crate, in the order of the crates on rustc's line.

    Static libraries of a crate that is in a dylib are there, too: rustc links them no second time.
    """
    inside = {native.file_stem: None for native in below.natives_in_dylibs.to_list()}
    return [
        _only_shared(native) if native.file_stem in inside else native
        for native in below.natives.to_list()
    ]

def _link_deps(ctx):
    infos = [target[CcInfo] for target in ctx.attr.link_deps if CcInfo in target]
    if not infos:
        return struct(files = [], flags = [], libraries = [], runtime = [])
    return cc_natives(cc_common.merge_cc_infos(cc_infos = infos))

def _link_arguments(ctx, crate, linker, natives, extra, output, dylibs):
    words = list(linker.flags)
    if ctx.file.linker_script:
        words.append("-Wl,-T," + ctx.file.linker_script.path)
    words.extend(_search_words(natives))
    words.extend(_native_words(extra.libraries, {}))
    for native in natives:
        words.extend(native.flags)
    words.extend(extra.flags)
    if crate.type != "staticlib":
        words.extend(rpaths(output, dylibs, ctx.workspace_name, for_c = crate.type == "cdylib"))
    words.extend(crate.flags["link"])
    return words

def _native_inputs(natives, extra):
    libraries = [library.file for native in natives for library in native.libraries]
    return libraries + [library.file for library in extra.libraries] + extra.files

def _unsplit_natives(args, crate, natives):
    if crate.natives:
        args.add_all(_unsplit_native_flags(crate.natives))
    directories = {library.file.dirname: None for native in natives for library in native.libraries}
    args.add_all(directories.keys(), format_each = "-Lnative=%s")

def _unsplit_native_flags(native):
    """rustc's flags for a crate's native libraries, where rustc itself links them."""
    words = []
    for library in native.libraries:
        kind = "dylib" if library.shared else "static:-bundle"
        kind += ":" if library.shared else ","
        words.append("-l%s%s+verbatim=%s" % (kind, "+whole-archive," if library.whole else "", library.file.basename))
        words.append("-Lnative=" + library.file.dirname)
    return words

def link_request(ctx, crate, output):
    """All that a link of a crate needs.

    Args:
      ctx: of a rule with LINK_ATTRIBUTES.
      crate: from make_crate.
      output: File to link.

    Returns:
      A struct: `inputs` (depset); `dylibs`, depset of what the program needs when it runs;
      and what link_action and unsplit_link_action take.
    """
    below = transitive(crate)
    linker = cc_linker(ctx)
    natives = _link_natives(below)
    extra = _link_deps(ctx)
    own = [crate.natives] if crate.natives else []
    std = [rust_toolchain_of(ctx).std_dylibs] if prefers_dynamic(crate.flags["codegen"]) else []
    dylibs = depset(crate.runtime + extra.runtime, transitive = [below.dylibs] + std)
    words = _link_arguments(ctx, crate, linker, own + natives, extra, output, dylibs.to_list())
    scripts = [crate.build_script.dir] if crate.build_script else []
    linker_script = [ctx.file.linker_script] if ctx.file.linker_script else []

    return struct(
        dylibs = dylibs,
        env = dict({"PATH": _PATH}, **linker.env),
        inputs = depset(
            _native_inputs(own + natives, extra) + ctx.files.link_deps + crate.search_files + crate.search_shared + scripts + linker_script,
            transitive = [linker.files, below.build_scripts, below.search_files, below.search_shared],
        ),
        natives = natives,
        output = output,
        words = words,
    )

def _add_unsplit_link(crate, request, verb, rustc):
    """Adds a link's arguments to those of rustc, and of `cleave codegen --no-split`, which runs it."""
    _add_build_scripts(verb, crate, request.output)
    _unsplit_natives(rustc, crate, request.natives)
    rustc.add_all(request.words, format_each = "-Clink-arg=%s")

def _link_toolchain(ctx, toolchain):
    """RustToolchainInfo of what links here what `toolchain` compiles."""
    here = ctx.exec_groups[LINK_GROUP].toolchains[LINK_TOOLCHAIN_TYPE].rust
    if here.target_triple != toolchain.target_triple:
        fail("%s: link: is to be linked here, where the toolchain links for %s (%s), and is compiled for %s (%s): set link = \"remote\" to link it where it is compiled, or register a rust_toolchain for %s, and a C toolchain, that link here for %s" % (
            ctx.label,
            here.target_triple,
            here.label,
            toolchain.target_triple,
            toolchain.label,
            LINK_TOOLCHAIN_TYPE,
            toolchain.target_triple,
        ))
    if here.version != toolchain.version:
        fail("%s: link: is to be linked here with the std of \"%s\" (%s), and is compiled by \"%s\" (%s): register that rust_toolchain for %s, too" % (
            ctx.label,
            here.version,
            here.label,
            toolchain.version,
            toolchain.label,
            LINK_TOOLCHAIN_TYPE,
        ))
    return here

def _link_crates(crate, below):
    # An archive holds the members of its dependencies as rustc left them; LTO reads their code.
    return below.rlibs if crate.lto or crate.type == "staticlib" else below.link_rlibs

def link_action(ctx, crate, unit, request):
    """RustLink.

    Args:
      ctx: of a rule with LINK_ATTRIBUTES and the exec group LINK_GROUP.
      crate: from make_crate.
      unit: directory that RustCodegen left.
      request: from link_request.
    """
    here = ctx.attr.link == "here"
    toolchain = rust_toolchain_of(ctx)
    requirements = {}
    if here:
        toolchain = _link_toolchain(ctx, toolchain)
        requirements["no-remote-exec"] = "1"
        if flag_value(ctx, "link_cache") == "none":
            requirements["no-remote-cache"] = "1"
    crates = _link_crates(crate, transitive(crate))
    args = ctx.actions.args()
    args.set_param_file_format("multiline")
    args.use_param_file("@%s")
    args.add("link")
    args.add_all([unit], expand_directories = False)
    args.add("-o", request.output)
    args.add("--sysroot", toolchain.sysroot)
    args.add_all(crates, before_each = "--crate")
    seen = {}
    if crate.natives:
        args.add_all(_native_words(crate.natives.libraries, seen), before_each = "--native")
    for native in request.natives:
        for name, libraries in {
            native.file_stem: [library for library in native.libraries if not library.shared],
            native.file_stem + ".shared": [library for library in native.libraries if library.shared],
        }.items():
            args.add_all(_native_words(libraries, seen), before_each = "--native-of", format_each = name + "=%s")
    args.add_all(request.words, before_each = "--link-arg")
    _add_build_scripts(args, crate, request.output)
    ctx.actions.run(
        executable = toolchain.cleave,
        arguments = [args],
        inputs = depset([unit], transitive = [
            request.inputs,
            crates,
            toolchain.link_files,
            toolchain.link_key,
        ]),
        outputs = [request.output],
        env = request.env,
        exec_group = LINK_GROUP if here else None,
        execution_requirements = requirements,
        mnemonic = "RustLink",
        progress_message = "Linking %s" % ctx.label,
    )

def check_link(ctx, crate):
    """Refuses what the attributes of a link can't mean."""
    if crate.type == "staticlib" and ctx.file.linker_script:
        crate_error(ctx, "linker_script", "no linker makes a static library")

def unsplit_link_action(ctx, crate, request):
    """Rustc: `split = off`, one run of rustc that compiles and links.

    Args:
      ctx: of a rule with LINK_ATTRIBUTES.
      crate: from make_crate.
      request: from link_request.
    """
    verb = verb_arguments(ctx, crate, "codegen")
    verb.add("--no-split")
    rustc = rustc_arguments(ctx, crate, "rlib", output = request.output)
    _add_unsplit_link(crate, request, verb, rustc)
    verb.add("--")
    inputs = depset(transitive = [codegen_inputs(ctx, crate, "rlib"), request.inputs])
    run_rustc(ctx, crate, "Rustc", "Compiling and linking", verb, rustc, inputs, [request.output], request.env)

def unsplit_library_action(ctx, crate, rlib):
    """Rustc: `split = off` of an rlib, whose native libraries rustc itself notes.

    Args:
      ctx: of the rule.
      crate: from make_crate.
      rlib: File.
    """
    verb = verb_arguments(ctx, crate, "codegen")
    verb.add("--no-split")
    rustc = rustc_arguments(ctx, crate, "rlib")
    inputs = []
    if crate.natives:
        rustc.add_all(_unsplit_native_flags(crate.natives))
        inputs = [library.file for library in crate.natives.libraries]
    verb.add("--")
    rustc.add(rlib.dirname, format = "--out-dir=%s")
    inputs = depset(inputs, transitive = [codegen_inputs(ctx, crate, "rlib")])
    run_rustc(ctx, crate, "Rustc", "Compiling", verb, rustc, inputs, [rlib])
