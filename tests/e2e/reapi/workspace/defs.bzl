# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Rules whose outputs are directories, and such that read them."""

def _tree_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run_shell(
        outputs = [out],
        command = """
            mkdir -p {out}/sub/deep {out}/void
            for i in 1 2 3; do echo $i >{out}/file$i; done
            echo deep >{out}/sub/deep/file
            echo '#!/bin/sh' >{out}/run; chmod +x {out}/run
            ln -s file1 {out}/link; ln -s sub/deep {out}/directory-link
        """.format(out = out.path),
    )
    return [DefaultInfo(files = depset([out]))]

tree = rule(
    implementation = _tree_impl,
    doc = "A directory with files, directories and links.",
)

def _listing_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".txt")
    tree = ctx.file.tree
    ctx.actions.run_shell(
        inputs = [tree],
        outputs = [out],
        command = """
            (cd {tree} && find . -type f | LC_ALL=C sort | while read -r path; do
                [ -x "$path" ] && echo "$path x $(cat "$path")" || echo "$path - $(cat "$path")"
            done) >{out}
        """.format(tree = tree.path, out = out.path),
    )
    return [DefaultInfo(files = depset([out]))]

listing = rule(
    implementation = _listing_impl,
    doc = "What lies in a directory that another action made.",
    attrs = {"tree": attr.label(
        allow_single_file = True,
        doc = "The directory.",
    )},
)
