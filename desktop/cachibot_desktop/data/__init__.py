"""The user's data: its folder and lock, the database, backups, restore, and the version that used it last."""
