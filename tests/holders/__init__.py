"""Every invented holder on every profile: made by commands, read by a terminal, seen by ``inspect``, byte for byte."""
