# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Flags with a fixed set of values."""

FlagInfo = provider(doc = "A flag's value.", fields = {"value": "string"})

def _choice_flag_impl(ctx):
    value = ctx.build_setting_value
    if value not in ctx.attr.choices:
        fail("%s is %r; it may be %s" % (ctx.label, value, " or ".join(ctx.attr.choices)))
    return [FlagInfo(value = value)]

choice_flag = rule(
    implementation = _choice_flag_impl,
    doc = "A string flag with a fixed set of values.",
    attrs = {
        "choices": attr.string_list(doc = "The values it may have.", mandatory = True),
        "doc": attr.string(doc = "What it does, for docs/rules.md.", mandatory = True),
    },
    build_setting = config.string(flag = True),
)

def _stamping_impl(ctx):
    return [FlagInfo(value = ctx.attr.value)]

stamping = rule(
    implementation = _stamping_impl,
    doc = "What Bazel's own `--stamp` says.",
    attrs = {"value": attr.string(doc = "`on` or `off`.", mandatory = True)},
)

FLAG_ATTRIBUTES = {
    "_" + name: attr.label(default = "//rules:" + name)
    for name in ["link_cache", "pipelining", "split", "stamp"]
}

def flag_value(ctx, name):
    """The value of a flag of rules/BUILD.bazel."""
    return getattr(ctx.attr, "_" + name)[FlagInfo].value
