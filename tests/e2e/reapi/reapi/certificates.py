# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""A certificate authority for a test, by openssl. `python3 -m reapi.certificates DIR` makes ca.pem,
server.pem, server.key, client.pem and client.key there."""

import os
import subprocess
import sys
from collections import namedtuple

Identity = namedtuple("Identity", "certificate key")


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """Keys are in PKCS#8, which all clients read."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory)
        self.certificate, self.key = self.path("ca.pem"), self.path("ca.key")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out",
                self.certificate, "-days", "2", "-subj", "/CN=authority")

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name):
        key, request, certificate = (self.path(name + end) for end in (".key", ".csr", ".pem"))
        names = self.path("names")
        with open(names, "w", encoding="utf-8") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj",
                f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-days", "2", "-extfile", names, "-out", certificate)
        return Identity(certificate, key)


if __name__ == "__main__":
    made = Authority(sys.argv[1])
    made.issue("server")
    made.issue("client")
