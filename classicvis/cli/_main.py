"""The command: its subcommands, and what becomes of errors."""

import argparse
import sys
import traceback
import warnings
from importlib.metadata import version

from classicvis.cli import _check, _compare, _doctor
from classicvis.cli._output import (
    INTERRUPTED,
    MISUSED,
    escape_what_cannot_be_encoded,
    print_error,
    print_warning,
)

SUBCOMMANDS = (_compare, _check, _doctor)  # each has `add_parser`, which sets `run`, a function of the options


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str, default=None
        Command-line arguments; None takes those of the process.

    Returns
    -------
    status : int
        0 when all went well; 1 when images are bad, a method failed, a result could not be written or something is
        wrong; 2 when what was asked for cannot be done; 130 after Ctrl-C.
    """
    with escape_what_cannot_be_encoded(), warnings.catch_warnings():
        options = make_parser().parse_args(arguments)
        warnings.showwarning = print_warning
        try:
            return options.run(options)
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)
            return INTERRUPTED
        except (ValueError, TypeError, OSError, ImportError) as error:
            if options.traceback:
                traceback.print_exc()
            else:
                print_error(error)
            return MISUSED


def make_parser():
    """Return the parser of the command, with a parser for each subcommand."""
    parser = argparse.ArgumentParser(
        prog="classicvis", description="Classical vision and CNNs behind one fit / predict / score."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('classicvis')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(commands)
    for command in commands.choices.values():
        command.add_argument("--traceback", action="store_true", help="show where in the code an error arose")
    return parser
