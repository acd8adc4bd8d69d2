load("{rust_toolchain}", "rust_toolchain")

package(default_visibility = ["//visibility:public"])

filegroup(
    name = "linker",
    srcs = glob(["linker/*"]),
)

rust_toolchain(
    name = "rust_toolchain",
    cleave = "{cleave}",
    codegen_files = ["installed_rustc"],
    host_triple = "{host}",
    link_key = [":linker"],
    preinstalled = {preinstalled},
    sysroot_path = "{sysroot}",
    target_triple = "{host}",
    version = "{version}",
)

toolchain(
    name = "rust",
    exec_compatible_with = {constraints},
    target_compatible_with = {constraints},
    toolchain = ":rust_toolchain",
    toolchain_type = "{toolchain_type}",
)

toolchain(
    name = "link",
    exec_compatible_with = {constraints} + ["{here}"],
    toolchain = ":rust_toolchain",
    toolchain_type = "{link_toolchain_type}",
)

platform(
    name = "host",
    constraint_values = {constraints} + ["{here}"],
    parents = ["@local_config_platform//:host"],
)

platform(
    name = "remote",
    constraint_values = {constraints},
    exec_properties = {exec_properties},
)

exports_files(["installed_rustc"])
