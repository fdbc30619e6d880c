"""A model's answer as it arrives: requests that ask for a stream, and the text of it for the chat."""
