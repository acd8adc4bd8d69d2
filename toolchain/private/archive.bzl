# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Rust's own archives, laid out as a sysroot."""

def extract_rust(ctx):
    """Fetches `rust_urls` and puts their components together.

    Args:
      ctx: of the repository rule.

    Returns:
      The sysroot's path.
    """
    if len(ctx.attr.rust_urls) != len(ctx.attr.rust_sha256s):
        fail("%s: rust_urls and rust_sha256s must have the same length" % ctx.name)
    for url, sha256 in zip(ctx.attr.rust_urls, ctx.attr.rust_sha256s):
        ctx.download_and_extract(url, output = "archives/" + sha256, sha256 = sha256)

    # An archive holds FOLDER/COMPONENT/{bin,lib}, each component listed in FOLDER/components.
    merged = ctx.execute(["sh", "-c", """
        set -e
        mkdir -p sysroot
        for list in archives/*/*/components; do
            while read -r component; do
                for part in bin lib; do
                    from=${list%/*}/$component/$part
                    [ ! -d "$from" ] || cp -a "$from" sysroot/
                done
            done < "$list"
        done
        rm -rf archives
        test -x sysroot/bin/rustc
    """])
    if merged.return_code:
        fail("%s: rust_urls hold no bin/rustc; give Rust's own archives\n%s" % (ctx.name, merged.stderr))
    return str(ctx.path("sysroot"))
