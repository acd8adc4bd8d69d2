# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""How the figures are shown."""


def head(title):
    print(f"\n{title}", flush=True)


def row(name, sample, peer=None, verdict=""):
    """A command's median, its least and most, and what it is of its peer."""
    text = f"  {name:<34} {sample.median:9.2f} ms ({sample.least:.2f}–{sample.most:.2f})"
    if peer:
        text += f"  {sample.ratio(peer):5.3f}  {sample.more(peer):+8.2f} ms"
    print(f"{text}  {verdict}".rstrip(), flush=True)


def within(sample, peer, ratio, start, milliseconds):
    """The target: a ratio where the peer takes START ms or more, else so many milliseconds more."""
    if peer.median >= start:
        good, text = sample.ratio(peer) <= ratio, f"≤ {ratio}"
    else:
        good, text = sample.more(peer) <= milliseconds, f"≤ + {milliseconds} ms"
    return verdict(good, text)


def verdict(good, target):
    return f"{'within' if good else 'MISSED'} {target}"


def below(sample, others):
    good = all(sample.ratio(other) < 1 for other in others)
    return "below both others" if good else "NOT below both others"


def size(count):
    return f"{count:,}"
