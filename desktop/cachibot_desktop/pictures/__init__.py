"""Fetches pictures of other computers, when the user clicks their placeholder in the page."""
