load("{rust_toolchain}", "rust_toolchain")

package(default_visibility = ["//visibility:public"])

filegroup(
    name = "linker",
    srcs = glob(["linker/*"]),
)

filegroup(
    name = "std_dylibs",
    srcs = glob(["sysroot/lib/rustlib/{host}/lib/libstd-*.so"]),
)

filegroup(
    name = "link_files",
    srcs = glob([
        "sysroot/lib/rustlib/{host}/lib/**",
        "sysroot/lib/rustlib/{host}/bin/**",
    ]),
)

filegroup(
    name = "codegen_files",
    srcs = ["sysroot/bin/rustc"] + glob([
        "sysroot/lib/*.so*",
        "sysroot/lib/rustlib/{host}/lib/**",
        "sysroot/lib/rustlib/{host}/codegen-backends/**",
    ]),
)

rust_toolchain(
    name = "rust_toolchain",
    cleave = "{cleave}",
    codegen_files = [":codegen_files"],
    host_triple = "{host}",
    link_files = [":link_files"],
    link_key = [":linker"],
    rustc = "sysroot/bin/rustc",
    std_dylibs = [":std_dylibs"],
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
