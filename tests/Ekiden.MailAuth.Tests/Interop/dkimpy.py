"""Signs and verifies the messages of a folder with dkimpy, for Ekiden's tests.

dkimpy.py verify FOLDER      every *.eml: a line "name True True", one word for each signature
dkimpy.py seals FOLDER       every *.eml: a line "name pass", the state of its ARC chain
dkimpy.py sign FOLDER        every *.eml gets a signature above it, in turn in all forms and algorithms
The folder holds zone.txt ("name text" lines), rsa.pem and ed25519.key.
"""
import itertools
import pathlib
import sys

import dkim

action, folder = sys.argv[1], pathlib.Path(sys.argv[2])
zone = dict(line.split(" ", 1) for line in (folder / "zone.txt").read_text().splitlines())


def find(name, timeout=5):
    return zone[name.decode().rstrip(".")].encode()


forms = itertools.cycle(itertools.product([b"simple", b"relaxed"], [b"simple", b"relaxed"]))
for file in sorted(folder.glob("*.eml")):
    message = file.read_bytes()
    if action == "verify":
        count = message.count(b"DKIM-Signature:")
        results = [dkim.DKIM(message).verify(idx=i, dnsfunc=find) for i in range(count)]
        print(file.name, *results)
    elif action == "seals":
        state, _, why = dkim.arc_verify(message, dnsfunc=find)
        print(file.name, state.decode(), why)
    else:
        ed25519 = int(file.stem) % 5 == 0
        field = dkim.sign(
            message,
            b"ed" if ed25519 else b"rsa",
            b"d.test",
            (folder / ("ed25519.key" if ed25519 else "rsa.pem")).read_bytes(),
            canonicalize=next(forms),
            signature_algorithm=b"ed25519-sha256" if ed25519 else b"rsa-sha256",
        )
        file.write_bytes(field + message)
