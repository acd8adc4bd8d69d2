# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What a Rust target tells those that depend on it."""

RustCrateInfo = provider(
    doc = "A crate, and what its dependents compile and link with.",
    fields = {
        "build_scripts": "depset of directories: what the build scripts of this crate and of those below left",
        "dylibs": "depset of shared libraries that a program needs when it runs",
        "final_hollow": "File: the hollow of the crate's codegen, which says what it bundles; without pipelining it is `hollow`",
        "final_hollows": "depset of such files, for static libraries",
        "hollow": "File: what a dependent's codegen takes: a hollow rlib, a hollow dylib, or a proc macro",
        "hollows": "depset of such files, but for proc macros: this crate's and those of all below",
        "link_rlibs": "depset of what a link takes: link rlibs, and dylibs",
        "name": "string: the crate's name",
        "natives": "depset of NativesInfo: the native libraries of this crate and of those below",
        "natives_in_dylibs": "depset of NativesInfo: those of `natives` whose crates are in a dylib, their static libraries too",
        "own_build_script": "BuildScriptInfo of this crate, or None",
        "proc_macros": "depset of the proc macros that rustc loads with this crate",
        "rlib": "File: rustc's own output: rlib, dylib, proc macro, archive or program",
        "rlibs": "depset of real rlibs and dylibs, for LTO, static libraries and `split = off`",
        "search_files": "depset of the archives that sources of this crate and of those below name in `#[link]`",
        "search_shared": "depset of the shared libraries that they name so, which only links read",
        "source": "struct: what was compiled; private to the rules (rust_test's `crate`)",
        "type": "string: rustc's crate type",
    },
)

NativesInfo = provider(
    doc = "The native libraries that one crate asks for.",
    fields = {
        "file_stem": "string: name of the crate's files without `lib` and suffix, by which a link knows the crate",
        "flags": "tuple of strings: arguments for the linker's driver",
        "libraries": "tuple of structs: file (File), owner (Label), shared (bool), whole (bool)",
    },
)

BuildScriptInfo = provider(
    doc = "What a build script answered.",
    fields = {
        "dir": "File: the directory that `cleave build-script` left",
        "label": "Label of the build script, by which two crates of one package know each other",
        "links": "string: the native library that the package names, or empty",
        "transitive": "depset of directories: this one and those of `link_deps`",
    },
)

RustToolchainInfo = provider(
    doc = "A rustc and what goes with it.",
    fields = {
        "cleave": "File: the program",
        "codegen_files": "depset: what rustc needs to run and compile",
        "execution_requirements": "dict: for actions that run rustc",
        "host_triple": "string: the platform that rustc runs on",
        "label": "Label of the rust_toolchain",
        "link_files": "depset: std, and the linker that comes with rustc",
        "link_key": "depset: the linker and libc of the machine that links",
        "rustc": "string: rustc's path, from the execution root or absolute",
        "std_dylibs": "depset: std's shared library, for programs that link it so",
        "sysroot": "string: its sysroot's path, likewise",
        "target_triple": "string: what it compiles for",
        "version": "string: rustc's own version line",
    },
)
