"""Patches of CachiBot's compiled page, applied when the file is served. `registry.py` lists them."""
