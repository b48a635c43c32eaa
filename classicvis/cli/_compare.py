"""``classicvis compare``: methods compared on a folder of images, and the report."""

import argparse
import os
import re
import sys
from dataclasses import replace

from classicvis._optional import import_optional
from classicvis.benchmark import BUILT_IN_METHODS, ComparisonInterrupted
from classicvis.cli._output import DONE, FAILED, INTERRUPTED, print_error, print_result
from classicvis.datasets import BACKBONES

SAMPLE = "fashion-sample"
DEFAULT_OUTPUT = "report"
DEFAULT_METHODS = ("hog-svm", "hog-rbf", "hog-forest", "cnn")  # a minute or so on the sample
TRANSFER = "transfer-svm"
FLAGS = {
    "test_size": "--test-size",
    "cv": "--cv",
    "X_test and y_test": "--test",
    "n_jobs": "--jobs",
}
FLAGS_OF_NETWORK = {"mean": "--mean", "std": "--std", "channel_order": "--channel-order", "size": "--size"}
# The mean and standard deviation of ImageNet, on which most networks were trained, in pixel values.
USUAL_NUMBERS = "--mean 123.7 116.3 103.5 --std 58.4 57.1 57.4 --channel-order RGB"


def add_parser(commands):
    """Add the subcommand to a parser's."""
    command = commands.add_parser(
        "compare",
        help="compare methods on a folder of images and write a report",
        description="Fit several methods on the same images, and report accuracy, costs and errors.",
    )
    command.add_argument(
        "data",
        nargs="?",
        default=SAMPLE,
        metavar="FOLDER",
        help="folder that has one folder of images a class, "
        f"or {SAMPLE!r} for the sample that comes with the package (default: %(default)s)",
    )
    command.add_argument(
        "--method",
        action="append",
        choices=tuple(BUILT_IN_METHODS),
        metavar="NAME",
        help=f"one of {', '.join(BUILT_IN_METHODS)}; may be given several times "
        f"(default: {', '.join(DEFAULT_METHODS)})",
    )
    command.add_argument(
        "--backbone",
        metavar="NAME or FILE",
        help=f"compare {TRANSFER!r} too, a linear SVM on the features of a trained network: of this ONNX file, or of "
        f"{', '.join(BACKBONES)}, which are downloaded the first time",
    )
    command.add_argument(
        "--mean", nargs="+", type=float, metavar="X", help="of the pixels, 0 to 255, that the file was trained on"
    )
    command.add_argument("--std", nargs="+", type=float, metavar="X", help="their standard deviation")
    command.add_argument("--channel-order", choices=["RGB", "BGR", "gray"], help="channels that the file takes")
    command.add_argument(
        "--output", default=DEFAULT_OUTPUT, metavar="DIR", help="folder for the report (default: %(default)s)"
    )
    command.add_argument(
        "--size",
        type=_parse_size,
        metavar="N or ROWSxCOLUMNS",
        help="size that the images are brought to, such as 64 or 48x64 (default: 64; the sample stays 28x28)",
    )
    split = command.add_mutually_exclusive_group()
    split.add_argument("--test", metavar="FOLDER", help="test images, in a folder of the same classes")
    split.add_argument(
        "--test-size",
        type=float,
        metavar="SHARE",
        help="share of images to test on, drawn at random (default: 0.2; the sample has its own test set)",
    )
    split.add_argument("--cv", type=int, metavar="FOLDS", help="cross-validate with this many folds")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="random seed (default: %(default)s)")
    command.add_argument("--skip-bad", action="store_true", help="leave out files that cannot be read")
    command.add_argument("--jobs", type=int, metavar="N", help="files to read, or folds to fit, at the same time")
    command.set_defaults(run=_run)


def _parse_size(text):
    try:
        size = tuple(int(side) for side in text.lower().split("x"))
    except ValueError:
        size = ()
    if len(size) not in (1, 2) or min(size) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size: give a number, or ROWSxCOLUMNS such as 48x64")
    return size[0] if len(size) == 1 else size


def _run(options):
    for module in ("pandas", "matplotlib", "jinja2"):
        import_optional(module, extra="compare", purpose="The command `classicvis compare`")
    if options.data != SAMPLE:
        _keep_report_out_of_images(options)
    methods = (options.method or list(DEFAULT_METHODS)) + _transfer_methods(options)
    data, notes = _load_sample(options) if options.data == SAMPLE else _load_folders(options)
    if data is None:
        return FAILED
    os.makedirs(options.output, exist_ok=True)
    if not os.access(options.output, os.W_OK):
        raise PermissionError(f"No file can be written into {options.output!r}: give another --output.")
    from classicvis.benchmark import compare

    try:
        comparison = compare(
            methods,
            **data,
            size=options.size,
            cv=options.cv,
            random_state=options.seed,
            n_jobs=options.jobs,
            check_files=False,
        )
    except ComparisonInterrupted as interrupt:
        print("Stopped. The methods that were finished:", file=sys.stderr)
        _give_results(interrupt.comparison, notes, options)
        return INTERRUPTED
    except ValueError as error:
        raise ValueError(_with_flags(error, FLAGS)) from error
    is_complete = _give_results(comparison, notes, options)
    return DONE if is_complete and not comparison.errors else FAILED


def _with_flags(error, flags):
    """Return the message of an error with the flags of the command in place of the parameters of a function."""
    return re.sub(rf"\b({'|'.join(flags)})\b", lambda match: flags[match[1]], str(error))


def _transfer_methods(options):
    """Return a list of the method with a trained network, empty without --backbone."""
    numbers = {"mean": options.mean, "std": options.std}
    numbers = {name: values[0] if values and len(values) == 1 else values for name, values in numbers.items()}
    preprocessing = numbers | {"channel_order": options.channel_order}
    if options.backbone is None:
        if any(value is not None for value in preprocessing.values()):
            raise ValueError("--mean, --std and --channel-order describe a network: give its file with --backbone.")
        return []
    from classicvis.benchmark import DEFAULT_SIZE, make_transfer_method

    size = None if options.data == SAMPLE and options.size is None else options.size or DEFAULT_SIZE
    try:
        method = make_transfer_method(options.backbone, size=size, random_state=options.seed, **preprocessing)
    except ValueError as error:
        usual = "" if options.backbone in BACKBONES else f" Usual: {USUAL_NUMBERS}."
        raise ValueError(_with_flags(error, FLAGS_OF_NETWORK) + usual) from error
    return [(TRANSFER, method)]


def _keep_report_out_of_images(options):
    """Refuse a folder for the report that would be taken for a class the next time."""
    output, data = os.path.realpath(options.output), os.path.realpath(options.data)
    if os.path.exists(data) and (output == data or output.startswith(os.path.join(data, ""))):
        raise ValueError(
            f"The report would go into {options.output!r}, which lies in the folder of images "
            f"{options.data!r}: give another place with --output."
        )


def _load_sample(options):
    """Return the bundled sample as arguments for `compare`, with its own test set unless another split is asked for."""
    import numpy as np

    from classicvis.datasets import load_fashion_sample

    if options.test is not None:
        raise ValueError(f"--test goes with a folder, but {SAMPLE!r} has a test set of its own.")
    sample = load_fashion_sample()
    data = {"X": sample.X_train, "y": sample.y_train, "class_names": sample.class_names}
    if options.cv is None and options.test_size is None:
        data |= {"X_test": sample.X_test, "y_test": sample.y_test}
    else:
        data["X"] = np.concatenate([sample.X_train, sample.X_test])
        data["y"] = np.concatenate([sample.y_train, sample.y_test])
    return data | _test_size(options), [sample.DESCR]


def _load_folders(options):
    """Return folders as arguments for `compare`, and notes; None in place of the former if files are bad."""
    import numpy as np

    from classicvis.datasets import load_image_folder
    from classicvis.images import check_images

    folders = {"": load_image_folder(options.data)}
    if options.test is not None:
        folders["_test"] = load_image_folder(options.test)
    data, bad = {}, []
    for suffix, folder in folders.items():
        bad_here = check_images(folder.paths, n_jobs=options.jobs)
        is_good = np.ones(len(folder.paths), dtype=bool)
        is_good[[image.row for image in bad_here]] = False
        data[f"X{suffix}"] = folder.paths[is_good]
        data[f"y{suffix}"] = folder.class_names[folder.labels[is_good]]
        bad += bad_here
    lines = [f"{image.path}: {image.reason}" for image in bad]
    if bad and not options.skip_bad:
        print("\n".join(lines), file=sys.stderr)
        print_error(f"{len(bad)} file(s) cannot be read: remove them, or leave them out with --skip-bad.")
        return None, []
    notes = ["\n".join([f"Left out: {len(bad)} file(s) that cannot be read.", *lines])] if bad else []
    for note in notes:
        print(note, file=sys.stderr)
    return data | _test_size(options), notes


def _test_size(options):
    return {} if options.test_size is None else {"test_size": options.test_size}


def _give_results(comparison, notes, options):
    """Print the table, then write the files, and say whether all of that was possible."""
    is_complete = print_result(comparison)
    comparison = replace(comparison, notes=[*comparison.notes, *notes])
    report, written = os.path.join(options.output, "report.html"), []
    for path, write in (
        (report, lambda path: comparison.to_html(path, title=f"Image classifiers compared on {_title(options)}")),
        (os.path.join(options.output, "results.csv"), comparison.to_csv),
        (os.path.join(options.output, "results.json"), comparison.to_json),
    ):
        try:
            write(path)
        except OSError as error:
            print_error(f"{path} could not be written: {error.strerror or error}.")
            is_complete = False
        else:
            written.append(path)
    if len(written) == 3:
        text = f"\nThe report is {report}, with the figures in results.csv and results.json beside it."
        is_complete = print_result(text) and is_complete
    return is_complete


def _title(options):
    """Return the name of the data: of the folder, or, of one that is part of a split, of the folder it lies in."""
    data = os.path.realpath(options.data)
    if options.test is not None and os.path.dirname(os.path.realpath(options.test)) == os.path.dirname(data):
        data = os.path.dirname(data)
    return os.path.basename(data) or data
