# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""What rustc's flags mean to the split. Pure: for Bazel and Buck2 alike."""

# Spellings of `-C` that take the option in the same word, and as the next one.
_CODEGEN_PREFIXES = ["-C", "--codegen="]
_CODEGEN_WORDS = ["-C", "--codegen"]

_STRIP_ARGUMENTS = {
    "none": [],
    "debuginfo": ["-Wl,--strip-debug"],
    "symbols": ["-Wl,--strip-all"],
}

# Values of `-C lto` that leave the crates apart.
_NO_LTO = ["off", "no", "n", "false"]

# Values of a switch as `-C prefer-dynamic` that turn it on.
_ON = ["", "y", "yes", "on", "true"]

# Flags that the rules give themselves.
_OWNED = [
    "--crate-name",
    "--crate-type",
    "--emit",
    "--extern",
    "--out-dir",
    "--sysroot",
    "--target",
    "--test",
    "-o",
]
_OWNED_OPTIONS = {
    "extra-filename": "the rules name the files; leave it out",
    "incremental": "an action has no earlier run to lean on; leave it out",
    "linker": "the C toolchain names the linker; register another one",
    "metadata": "the rules tell crates apart; leave it out",
}

def _codegen_options(flags):
    """Joins `-C`, `opt=value` to one word each, so that flags can be looked at one by one."""
    words = []
    joined = False
    for index in range(len(flags)):
        if joined:
            joined = False
        elif flags[index] in _CODEGEN_WORDS and index + 1 < len(flags):
            words.append("-C" + flags[index + 1])
            joined = True
        else:
            words.append(flags[index])
    return words

def _option_of(word):
    """(name, value) of a `-C` option; (None, None) for any other flag."""
    for prefix in reversed(_CODEGEN_PREFIXES):
        if word.startswith(prefix) and len(word) > len(prefix):
            name, _, value = word[len(prefix):].partition("=")
            return name.replace("_", "-"), value
    return None, None

def _link_arguments(name, value):
    """What an option is to the linker's driver; None: it is codegen's."""
    if name == "link-arg":
        return [value]
    if name == "link-args":
        return [word for word in value.split(" ") if word]
    if name == "strip":
        return _STRIP_ARGUMENTS.get(value)
    return None

def split_flags(flags):
    """Parts the flags of codegen from those of the link.

    Args:
      flags: rustc's flags, as a user wrote them.

    Returns:
      A dict: `codegen`, flags for rustc; `link`, arguments for the linker's driver; `lto`, whether
      rustc needs the code of dependencies; `error`, what is wrong, or None.
    """
    codegen = []
    link = []
    lto = False
    error = None
    for word in _codegen_options(flags):
        name, value = _option_of(word)
        moved = _link_arguments(name, value)
        if moved != None:
            link.extend(moved)
            continue
        if name in _OWNED_OPTIONS:
            error = "rustc_flags: %s: %s" % (word, _OWNED_OPTIONS[name])
        if word.split("=")[0] in _OWNED:
            error = "rustc_flags: %s is the rule's own; use its attributes" % word
        if name == "lto" and value not in _NO_LTO:
            lto = True
        codegen.append(word)
    return {"codegen": codegen, "error": error, "link": link, "lto": lto}

def prefers_dynamic(flags):
    """Whether std is linked as a shared library.

    Args:
      flags: rustc's flags, as a user wrote them.

    Returns:
      A bool; the last flag counts.
    """
    values = [_option_of(word)[1] for word in _codegen_options(flags) if _option_of(word)[0] == "prefer-dynamic"]
    return bool(values) and values[-1] in _ON

# What each crate type is: `prefix` and `suffix` of its file; `links`, whether a linker makes it.
CRATE_TYPES = {
    "bin": {"links": True, "prefix": "", "suffix": ""},
    "cdylib": {"links": True, "prefix": "lib", "suffix": ".so"},
    "dylib": {"links": True, "prefix": "lib", "suffix": ".so"},
    "proc-macro": {"links": True, "prefix": "lib", "suffix": ".so"},
    "rlib": {"links": False, "prefix": "lib", "suffix": ".rlib"},
    "staticlib": {"links": True, "prefix": "lib", "suffix": ".a"},
}

# rustc's flags for each of Bazel's compilation modes.
PROFILES = {
    "dbg": {"debug": "2", "opt_level": "0"},
    "fastbuild": {"debug": "0", "opt_level": "0"},
    "opt": {"debug": "0", "opt_level": "3"},
}

# Flags of C toolchains that are for C++ programs, or name a linker other than rustc's.
_FOREIGN_LINK_FLAGS = ["-lstdc++", "-lm", "-lc++", "-pass-exit-codes", "-Wl,-no-as-needed", "-B/usr/bin"]

def rust_link_flags(flags):
    """Those of a C toolchain's link flags that a Rust program is linked with, too.

    Args:
      flags: the toolchain's flags for linking an executable.

    Returns:
      The flags that say how to link at all (a sysroot, a target, a search path).
    """
    return [
        flag
        for flag in flags
        if flag not in _FOREIGN_LINK_FLAGS and not flag.startswith("-fuse-ld=") and
           flag not in ["-pie", "-no-pie", "-static", "-shared"]
    ]

def version_environment(version):
    """Cargo's variables for a version.

    Args:
      version: a semantic version, as 1.2.3-beta.1+build.

    Returns:
      A dict of environment variables.
    """
    numbers, _, _ = version.partition("+")
    numbers, _, pre = numbers.partition("-")
    parts = (numbers.split(".") + ["0", "0", "0"])[:3]
    return {
        "CARGO_PKG_VERSION": version,
        "CARGO_PKG_VERSION_MAJOR": parts[0],
        "CARGO_PKG_VERSION_MINOR": parts[1],
        "CARGO_PKG_VERSION_PATCH": parts[2],
        "CARGO_PKG_VERSION_PRE": pre,
    }
