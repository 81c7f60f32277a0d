"""Faults planted in the product, one at a time, and the test that must see each: do the tests bite?"""
