"""A stack of our own on free ports, in memory; S4S names the program."""

import os
import re
import subprocess

PROGRAM = os.environ["S4S"]
LINE = re.compile(r"^ {2}(FHIR server|authorization) +(\S+)$")


class Stack:
    def __init__(self):
        arguments = ["--ephemeral", "--fhir-port", "0", "--authz-port", "0", "--patients", "0"]
        self.process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
        said = {}
        for line in self.process.stdout:
            if found := LINE.match(line.rstrip()):
                said[found[1]] = found[2]
            if line.startswith("ready"):
                break
        else:
            raise AssertionError(f"{PROGRAM} ended before it was ready")
        self.fhir, self.issuer = said["FHIR server"], said["authorization"]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
