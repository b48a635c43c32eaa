"""The ``classicvis`` command, one file a subcommand: compare methods, check files, or look at the installation."""

from classicvis.cli._main import main, make_parser

__all__ = ["main", "make_parser"]
