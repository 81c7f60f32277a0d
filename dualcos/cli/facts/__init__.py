"""What commands tell as JSON (``--json``): one declaration for each object or line, from which its schema is made.

Bytes are upper-case hexadecimal. No key and no PIN has a field here: a key is its name and check value.
"""
