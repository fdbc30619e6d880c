"""Backups of everything that the user would miss, as one file, and their restore."""
