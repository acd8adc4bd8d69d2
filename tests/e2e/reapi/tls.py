#!/usr/bin/python3
# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""TLS with client certificates, and what is refused: TCP beyond this machine without them."""

import os
import subprocess
import sys

import grpc

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from reapi.certificates import Authority
from reapi.client import Client
from reapi.harness import Run, Tests, fails, holds, same
from reapi.service import Service
from reapi.tree import digest

test = Tests()


def tls_options(directory, server):
    return ["--tls-cert", server.certificate, "--tls-key", server.key, "--tls-client-ca",
            os.path.join(directory, "ca.pem")]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def credentials(authority, identity=None):
    return grpc.ssl_channel_credentials(
        read(authority.certificate), *((read(identity.key), read(identity.certificate))
                                       if identity else (None, None)))


def refused_at_the_start(*options):
    """What it says."""
    service = Service(*options)
    try:
        ended = subprocess.run(service.command(), stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=20, check=False)
    finally:
        service.remove()
    holds(ended.returncode != 0, "it serves")
    return ended.stderr.decode()


class Served:
    """A service with TLS, and who is who."""

    def __enter__(self):
        self.service = Service()
        directory = self.service.path("tls")
        self.authority = Authority(directory)
        self.server = self.authority.issue("server")
        self.client = self.authority.issue("client")
        self.service.options += tls_options(directory, self.server)
        self.service.start()
        self.target = "localhost:" + self.service.target.rsplit(":", 1)[1]
        return self

    def __exit__(self, *_):
        self.service.stop()
        self.service.remove()

    def connect(self, given):
        return Client(self.target, seconds=10, credentials=given)


@test()
def a_client_with_a_certificate_is_served():
    with Served() as served, served.connect(credentials(served.authority,
                                                        served.client)) as client:
        data = os.urandom(3 << 20)
        client.write(data)
        same(client.read(digest(data)) == data, True, "equal")
        same(client.shell("echo over TLS"), (0, b"over TLS\n", b""))


@test()
def a_client_without_one_is_not():
    with Served() as served:
        other = Authority(served.service.path("other"))
        for name, given in (("none", credentials(served.authority)),
                            ("another authority's", credentials(served.authority,
                                                                other.issue("client"))),
                            ("no TLS", None)):
            with served.connect(given) as client, fails("UNAVAILABLE"):
                client.call("GetCapabilities")
                print(name)
        with served.connect(credentials(served.authority, served.client)) as client:
            client.call("GetCapabilities")


@test()
def tcp_beyond_this_machine_needs_certificates():
    said = refused_at_the_start("--listen", "tcp:0.0.0.0:0")
    holds("certificate" in said and "0.0.0.0" in said, said)
    service = Service()
    try:
        authority = Authority(service.path("tls"))
        server = authority.issue("server")
        said = refused_at_the_start("--listen", "tcp:0.0.0.0:0", "--tls-cert", server.certificate,
                                    "--tls-key", server.key)
        holds("certificate" in said, said)
    finally:
        service.remove()


@test()
def certificates_that_are_none_are_refused_by_name():
    for option in ("--tls-cert", "--tls-key", "--tls-client-ca"):
        service = Service()
        try:
            authority = Authority(service.path("tls"))
            server = authority.issue("server")
            options = tls_options(service.path("tls"), server)
            options[options.index(option) + 1] = "/etc/hostname"
            said = refused_at_the_start(*options)
            holds("/etc/hostname" in said, f"{option}: {said}")
        finally:
            service.remove()


def main():
    run = Run(only=sys.argv[1:])
    run.all(test.tests)
    run.finish()


main()
