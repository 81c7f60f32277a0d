"""What commands tell as JSON (``--json``): one declaration for each object or line, from which its schema is made.

Bytes are upper-case hexadecimal. No key and no PIN has a field here, a key is its name and check
value: but for ``shown_test_keys``, the sheet of the one command that is made to show the keys of test cards.
"""
