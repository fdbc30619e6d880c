"""The first page: a name, a model, CachiBot's terms; and the account of the user that it creates and logs in."""
