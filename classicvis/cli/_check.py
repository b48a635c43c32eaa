"""``classicvis check``: the files of a folder that cannot be read as images."""

import sys

from classicvis.cli._output import DONE, FAILED, print_result


def add_parser(commands):
    """Add the subcommand to a parser's."""
    command = commands.add_parser(
        "check",
        help="list the files of a folder that cannot be read as images",
        description="Read every image below a folder and list those that cannot be read, with the reason.",
    )
    command.add_argument("data", metavar="FOLDER", help="folder of images; folders in it are searched too")
    command.add_argument("--jobs", type=int, metavar="N", help="files to read at the same time")
    command.set_defaults(run=_run)


def _run(options):
    from classicvis.datasets import list_images
    from classicvis.images import check_images

    paths = list_images(options.data)
    bad = check_images(paths, n_jobs=options.jobs)
    is_printed = all(print_result(f"{path}: {reason}") for _, path, reason in bad)
    print(f"{len(bad)} of {len(paths)} files cannot be read.", file=sys.stderr)
    return DONE if is_printed and not bad else FAILED
