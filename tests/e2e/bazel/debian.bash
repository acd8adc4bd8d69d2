# shellcheck shell=bash
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
#
# Debian's Bazel (bazel-bootstrap, 4.2) without a network: to be sourced from the top of the tree.
#
# bazel_setup DIR makes DIR/bazelrc and the repositories that Bazel would download; after it,
# `bazel_run COMMAND…` is Bazel. Its server and all its output stay in DIR; bazel_stop ends both.

bazel_setup() {
    bazel_dir=$(realpath -m "$1")
    mkdir -p "$bazel_dir/rules_cc/cc" "$bazel_dir/coverage"
    touch "$bazel_dir"/{rules_cc,coverage}/WORKSPACE "$bazel_dir"/rules_cc/{BUILD,cc/BUILD}

    # Debian's bazel-rules-cc is too new for its Bazel. The rules themselves are built into it.
    for rule in cc_binary cc_import cc_library cc_test cc_toolchain cc_toolchain_suite; do
        echo "$rule = native.$rule"
    done >"$bazel_dir/rules_cc/cc/defs.bzl"

    # `bazel test` wants these two targets even where nobody asks for coverage.
    for target in coverage_report_generator lcov_merger; do
        echo "filegroup(name = '$target', visibility = ['//visibility:public'])"
    done >"$bazel_dir/coverage/BUILD"

    cat >"$bazel_dir/bazelrc" <<RC
startup --output_user_root=$bazel_dir/root --max_idle_secs=60
build --override_repository=rules_cc=$bazel_dir/rules_cc
build --override_repository=rules_java=/usr/share/bazel/rules/java
build --override_repository=platforms=/usr/share/bazel/platforms
build --override_repository=remote_coverage_tools=$bazel_dir/coverage
build --test_env=TEST_RUSTCS=/usr/bin/rustc
build --nosandbox_debug --symlink_prefix=/ --noshow_progress
RC
}

bazel_run() {
    bazel --bazelrc="$bazel_dir/bazelrc" "$@"
}

bazel_stop() {
    bazel_run shutdown 2>/dev/null
}
