"""Mends of cachibot: one small file each, with the flaw, upstream's versions and the reason.

`every.py` lists them. Each has a test that it works, and one that shows the flaw in
the unmended package: when that one turns red, upstream needs the mend no longer.
"""
