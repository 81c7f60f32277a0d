"""placeholder"""
from argparse import ArgumentParser, Namespace
NAME, HELP = "vector", "a draft"
def arguments(parser: ArgumentParser) -> None: ...
def run(args: Namespace) -> int: return 0
