import argparse


def add_options(p: argparse.ArgumentParser) -> None: ...
