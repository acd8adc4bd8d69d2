# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""rust_machine: finds rustc, the linker and cleave, and writes a toolchain of them."""

load(":archive.bzl", "extract_rust")

# Libraries that every Linux worker with glibc has. rustc may lean on them and be uploaded still.
_BASE_LIBRARIES = [
    "ld-linux",
    "libc.so",
    "libdl.so",
    "libgcc_s.so",
    "libm.so",
    "libpthread.so",
    "librt.so",
    "libz.so",
    "linux-vdso",
]

_CPUS = {"aarch64": "aarch64", "arm64": "aarch64", "x86_64": "x86_64"}
_SYSTEMS = {"darwin": "osx", "linux": "linux"}

# What a build of cleave from source needs: pkg-config's name of it, Debian's package.
_CLEAVE_LIBRARIES = {
    "jansson": "libjansson-dev",
    "libcrypto": "libssl-dev",
    "libprotobuf-c": "libprotobuf-c-dev",
}

def _run(ctx, words, what):
    result = ctx.execute(words)
    if result.return_code:
        fail("%s: %s: %s: exit status %d\n%s" % (ctx.name, what, " ".join([str(word) for word in words]), result.return_code, result.stderr))
    return result.stdout.strip()

def _find(ctx, program, remedy):
    path = ctx.path(program) if program.startswith("/") else ctx.which(program)
    if not path or not path.exists:
        fail("%s: no %s%s; %s" % (ctx.name, program, "" if program.startswith("/") else " in PATH", remedy))
    return path

def _version_of(ctx, rustc):
    """The answers of `rustc -vV`, by name; `version` is its first line."""
    lines = _run(ctx, [rustc, "-vV"], "rustc doesn't run").split("\n")
    answers = {"version": lines[0]}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        answers[name] = value
    return answers

def _foreign_libraries(ctx, sysroot):
    """Libraries of rustc outside its sysroot, which an upload would leave behind."""
    foreign = []
    for line in _run(ctx, ["ldd", sysroot + "/bin/rustc"], "can't see rustc's libraries").split("\n"):
        name, _, rest = line.strip().partition(" => ")
        path = rest.partition(" (")[0]
        base = [library for library in _BASE_LIBRARIES if name.split("/")[-1].startswith(library)]
        if rest and not base and not path.startswith(sysroot + "/"):
            foreign.append(name)
    if sysroot == "/usr":
        foreign.append("all else in /usr")
    return foreign

def _place(ctx, sysroot):
    """`upload`, `preinstalled` or `local`: where actions get rustc from."""
    if ctx.attr.rustc_on_workers in ["preinstalled", "local"]:
        return ctx.attr.rustc_on_workers
    foreign = _foreign_libraries(ctx, sysroot)
    if not foreign:
        return "upload"
    if ctx.attr.rustc_on_workers == "upload":
        fail("%s: %s/bin/rustc can't be uploaded: it needs libraries outside its sysroot: %s. Use a rustc of rustup, or rustc_on_workers = \"preinstalled\" or \"local\"" % (
            ctx.name,
            sysroot,
            ", ".join(foreign),
        ))
    return "local"

def _check_version(ctx, answers):
    wanted = ctx.attr.version
    if wanted and wanted != answers["release"]:
        fail("%s: rustc is %s (%s), and version = \"%s\" is asked for; install that one, or name it by rustc =" % (
            ctx.name,
            answers["release"],
            answers["version"],
            wanted,
        ))

def _link_machine(ctx):
    """Symlinks of what this machine links with: Bazel sees when one changes."""
    cc = ctx.os.environ.get("CC") or "cc"
    driver = _find(ctx, cc, "install a C compiler (Debian: gcc), or name it by CC")
    ctx.symlink(driver, "linker/cc")
    for name in ["ld", "collect2"]:
        path = _run(ctx, [driver, "-print-prog-name=" + name], "no linker")
        path = path if path.startswith("/") else str(ctx.which(path) or "")
        if path and ctx.path(path).exists:
            ctx.symlink(path, "linker/" + name)
    for name in ["crt1.o", "crti.o", "crtbeginS.o", "libgcc.a", "libgcc_s.so.1", "libc.so", "libc.so.6", "libm.so.6"]:
        path = _run(ctx, [driver, "-print-file-name=" + name], "no libc")
        if path.startswith("/") and ctx.path(path).exists:
            ctx.symlink(path, "linker/" + name)

def _check_cleave_libraries(ctx):
    pkg_config = _find(ctx, "pkg-config", "it is needed to build cleave (Debian: pkg-config)")
    missing = [
        package
        for library, package in _CLEAVE_LIBRARIES.items()
        if ctx.execute([pkg_config, "--exists", library]).return_code
    ]
    if not ctx.which("protoc-c"):
        missing.append("protobuf-c-compiler")
    if missing:
        fail("%s: cleave can't be built from source here: install %s, or give cleave = its path or cleave_url = an archive" % (ctx.name, " ".join(missing)))

def _get_cleave(ctx):
    """Label of cleave."""
    if ctx.attr.cleave_url:
        if not ctx.attr.cleave_sha256:
            fail("%s: cleave_url needs cleave_sha256" % ctx.name)
        ctx.download_and_extract(
            ctx.attr.cleave_url,
            output = "cleave_archive",
            sha256 = ctx.attr.cleave_sha256,
            stripPrefix = ctx.attr.cleave_strip_prefix,
        )
        if not ctx.path("cleave_archive/bin/cleave").exists:
            fail("%s: %s holds no bin/cleave; does cleave_strip_prefix name its first folder?" % (ctx.name, ctx.attr.cleave_url))
        return "cleave_archive/bin/cleave"
    if ctx.attr.cleave == "source":
        _check_cleave_libraries(ctx)
        return str(Label("//:cleave"))
    path = _find(ctx, ctx.attr.cleave, "give cleave = its path, cleave_url = an archive, or cleave = \"source\"")
    ctx.symlink(path, "cleave")
    return "cleave"

def _platform_constraints(host_triple, name):
    cpu = _CPUS.get(host_triple.split("-")[0])
    system = [_SYSTEMS[word] for word in host_triple.split("-") if word in _SYSTEMS]
    if not cpu or not system:
        fail("%s: no platform is known for %s; describe it by rust_toolchain and platform" % (name, host_triple))
    return ["@platforms//cpu:" + cpu, "@platforms//os:" + system[0]]

def _rust_machine_impl(ctx):
    if ctx.attr.rust_urls:
        sysroot = extract_rust(ctx)
    else:
        rustc = _find(ctx, ctx.attr.rustc or ctx.os.environ.get("RUSTC") or "rustc", "install Rust, or give rustc = its path")
        sysroot = _run(ctx, [rustc, "--print", "sysroot"], "rustc doesn't run")
    answers = _version_of(ctx, sysroot + "/bin/rustc")
    _check_version(ctx, answers)
    place = _place(ctx, sysroot)
    host = answers["host"]
    if place == "upload" and not ctx.attr.rust_urls:
        ctx.symlink(sysroot + "/bin/rustc", "sysroot/bin/rustc")
        ctx.symlink(sysroot + "/lib", "sysroot/lib")
    ctx.file("installed_rustc", _run(ctx, ["sha256sum", sysroot + "/bin/rustc"], "no digest of rustc") + "\n" + answers["version"] + "\n")
    _link_machine(ctx)
    ctx.template(
        "BUILD.bazel",
        Label("//toolchain/private:machine_%s.tpl" % ("upload" if place == "upload" else "installed")),
        substitutions = {
            "{cleave}": _get_cleave(ctx),
            "{constraints}": repr(_platform_constraints(host, ctx.name)),
            "{exec_properties}": repr(ctx.attr.remote_exec_properties),
            "{here}": str(Label("//toolchain:here")),
            "{host}": host,
            "{link_toolchain_type}": str(Label("//toolchain:link_toolchain_type")),
            "{preinstalled}": repr(place == "preinstalled"),
            "{rust_toolchain}": str(Label("//toolchain:defs.bzl")),
            "{sysroot}": sysroot,
            "{toolchain_type}": str(Label("//toolchain:toolchain_type")),
            "{version}": answers["version"],
        },
    )

MACHINE_ATTRIBUTES = {
    "cleave": attr.string(
        doc = "Path or name of the program `cleave`; `source` builds it with your C toolchain.",
        default = "cleave",
    ),
    "cleave_sha256": attr.string(doc = "Digest of that archive."),
    "cleave_strip_prefix": attr.string(doc = "Folder in that archive above `bin/cleave`."),
    "cleave_url": attr.string(doc = "An archive with `bin/cleave` in it (`make dist` makes one)."),
    "remote_exec_properties": attr.string_dict(doc = "`exec_properties` of the platform `:remote`, for your remote execution service."),
    "rust_sha256s": attr.string_list(doc = "Digests of these archives, in their order."),
    "rust_urls": attr.string_list(
        doc = "Archives of Rust's distribution for the machine's platform (`rustc-…` and `rust-std-…`, or `rust-…` with both) instead of the machine's rustc.",
    ),
    "rustc": attr.string(doc = "Path or name of rustc; default: `$RUSTC`, else `rustc`."),
    "rustc_on_workers": attr.string(
        doc = "How remote actions get rustc: `upload` sends it; `preinstalled` finds it at the path it has here; `local` runs rustc here; `auto` is `upload`, or `local` where rustc has libraries outside its sysroot.",
        default = "auto",
        values = ["auto", "upload", "preinstalled", "local"],
    ),
    "version": attr.string(doc = "Release that rustc must be, as 1.95.0; default: any."),
}

rust_machine = repository_rule(
    implementation = _rust_machine_impl,
    doc = "A toolchain of this machine's rustc (or an archive's), linker and cleave.",
    attrs = MACHINE_ATTRIBUTES,
    configure = True,
    environ = ["CC", "PATH", "RUSTC", "RUSTUP_TOOLCHAIN"],
    local = True,
)
