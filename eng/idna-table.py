#!/usr/bin/env python3
"""Writes src/Ekiden.Mail/IdnaTable.txt from Python's copy of the Unicode Character Database (Unicode licence v3).

M code = codes      what a character becomes: NFKC, case-folded; the deviation characters of UTS 46 stay
C first second code what two characters compose to (NFC)
K from to class     canonical combining classes other than 0
"""
import unicodedata as ucd

DEVIATIONS = {0xDF, 0x3C2, 0x200C, 0x200D}  # UTS 46 section 4, nontransitional
UNUSED = ("Cn", "Co", "Cc", "Cs", "Zl", "Zp")


def is_ignored(code):
    return code in (0xAD, 0x34F, 0x200B, 0x2060, 0xFEFF) or 0xFE00 <= code <= 0xFE0F or 0x180B <= code <= 0x180F


def fold(text):
    while True:
        folded = ucd.normalize("NFKC", ucd.normalize("NFKC", text).casefold())
        if folded == text:
            return text
        text = folded


def codes(text):
    return " ".join(f"{ord(character):X}" for character in text)


print(f"# Unicode {ucd.unidata_version}, written by eng/idna-table.py; do not edit")
for code in range(0x80, 0x110000):
    if ucd.category(chr(code)) in UNUSED or code in DEVIATIONS or 0xAC00 <= code <= 0xD7A3:
        continue
    mapped = "" if is_ignored(code) else fold(chr(code))
    if mapped != chr(code):
        print(f"M {code:X} {codes(mapped)}".rstrip())
for code in range(0x80, 0x110000):
    parts = ucd.decomposition(chr(code)).split()
    if len(parts) == 2 and not parts[0].startswith("<"):
        pair = chr(int(parts[0], 16)) + chr(int(parts[1], 16))
        if ucd.normalize("NFC", pair) == chr(code):
            print(f"C {codes(pair)} {code:X}")
run = None
for code in range(0x110001):
    combining = ucd.combining(chr(code)) if code < 0x110000 else 0
    if run and (combining != run[2] or code != run[1] + 1):
        print(f"K {run[0]:X} {run[1]:X} {run[2]}")
        run = None
    if combining:
        run = (run[0] if run else code, code, combining)
