"""Patches of CachiBot. Each file describes one flaw, the versions that have it, and the fix.

`registry.py` lists the patches. Each has a test of the fix, and a test that shows the flaw in stock CachiBot: when the
second test fails, upstream has fixed the flaw and the patch can be removed.
"""
