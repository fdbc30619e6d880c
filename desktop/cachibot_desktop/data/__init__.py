"""The user's data: its folder and lock, the database, backups, restore, and the record of the last versions."""
