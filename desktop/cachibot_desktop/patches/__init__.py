"""Patches of CachiBot: one small file each, with the flaw, the versions that have it, and the reason for the cure.

`registry.py` lists them. Each has a test of the cure and a test that shows the flaw in stock CachiBot: when the second
one turns red, upstream has fixed the flaw and the patch can go.
"""
