#!/usr/bin/env python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Reads Bazel's --execution_log_json_file and says what is not as the rules promise.

execution_log.py LOG [--remote] [--here FILE] [--hits MNEMONIC-THAT-RUNS]...

Always: no RustCodegen has a dependency's rlib or its objects among its inputs, by digest; no RustLink
has rustc's files. With --remote: every RustCodegen and RustMetadata was run by the service, and every
RustLink here. With --here: what else ran here are the actions that FILE lists, as MNEMONIC OUTPUT, and
no other. With --hits: every action is a hit of the cache but those of the mnemonics named
(none: say `--hits -`). Prints a count of each mnemonic, and exits with 1 if anything isn't so.
"""
import argparse
import collections
import json
import re
import sys

CODEGEN = ("RustCodegen", "RustMetadata")
LOCAL = ("linux-sandbox", "sandboxed", "local", "processwrapper-sandbox")


def spawns(path):
    """Bazel writes one JSON object after the other."""
    text = open(path, encoding="utf-8").read()
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        spawn, at = decoder.raw_decode(text, at)
        yield spawn


def is_real_code(path):
    """What only a link may read: a real rlib, a link rlib, an object of a unit."""
    folder = path.rsplit("/", 2)[-2] if "/" in path else ""
    return folder.endswith((".rlib", ".link")) or ".unit/" in path


def name_of(spawn):
    outputs = spawn.get("listedOutputs") or ["?"]
    return f'{spawn["mnemonic"]} of {outputs[0]}'


def check_inputs(all_spawns, complain):
    real = {}
    for spawn in all_spawns:
        if spawn["mnemonic"] != "RustCodegen":
            continue
        for output in spawn.get("actualOutputs", []):
            if is_real_code(output["path"]) and output["digest"]["sizeBytes"] != "0":
                real[output["digest"]["hash"]] = output["path"]
    if not real:
        complain("the log has no RustCodegen with outputs")
    for spawn in all_spawns:
        for read in spawn.get("inputs", []):
            if spawn["mnemonic"] in CODEGEN and read["digest"]["hash"] in real:
                complain(f'{name_of(spawn)} reads {read["path"]}, which is {real[read["digest"]["hash"]]}')
            if spawn["mnemonic"] == "RustLink" and ("librustc_driver" in read["path"] or
                                                    read["path"].endswith("/bin/rustc")):
                complain(f'{name_of(spawn)} reads {read["path"]}')


def check_places(all_spawns, complain):
    for spawn in all_spawns:
        runner = spawn.get("runner", "")
        if spawn["mnemonic"] in CODEGEN and not runner.startswith("remote"):
            complain(f"{name_of(spawn)} was run by {runner}")
        if spawn["mnemonic"] == "RustLink" and runner not in LOCAL:
            complain(f"{name_of(spawn)} was run by {runner}")


def kept_here(all_spawns):
    """What ran here but links, with the folder of a configuration taken from what it makes."""
    for spawn in all_spawns:
        if spawn.get("runner") in LOCAL and spawn["mnemonic"] != "RustLink":
            made = re.sub("^bazel-out/[^/]+/bin/", "", spawn["listedOutputs"][-1])
            yield f'{spawn["mnemonic"]} {made}'


def check_here(all_spawns, wanted, complain):
    kept = set(kept_here(all_spawns))
    for name in sorted(wanted - kept):
        complain(f"{name} didn't run here")
    for name in sorted(kept - wanted):
        complain(f"{name} ran here")


def check_hits(all_spawns, but, complain):
    for spawn in all_spawns:
        hit = spawn.get("remoteCacheHit") or spawn.get("runner") == "remote cache hit"
        if not hit and spawn["mnemonic"] not in but:
            complain(f"{name_of(spawn)} was run again, by {spawn.get('runner')}")
        if hit and spawn["mnemonic"] in but:
            complain(f"{name_of(spawn)} came from the cache")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--remote", action="store_true")
    parser.add_argument("--here", type=argparse.FileType())
    parser.add_argument("--hits", action="append")
    options = parser.parse_args()
    all_spawns = list(spawns(options.log))
    complaints = []
    if options.hits:
        check_hits(all_spawns, options.hits, complaints.append)
    else:
        check_inputs(all_spawns, complaints.append)
    if options.remote:
        check_places(all_spawns, complaints.append)
    if options.here:
        check_here(all_spawns, set(options.here.read().splitlines()), complaints.append)
    counts = collections.Counter((spawn["mnemonic"], spawn.get("runner", "")) for spawn in all_spawns)
    print("    " + ", ".join(f"{count} {mnemonic} {runner}" for (mnemonic, runner), count in sorted(counts.items())))
    for complaint in complaints[:20]:
        print("    " + complaint)
    return 1 if complaints or not all_spawns else 0


if __name__ == "__main__":
    sys.exit(main())
