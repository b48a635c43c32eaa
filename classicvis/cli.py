"""The ``classicvis`` command: compare methods on a folder of images, check its files, or the installation."""

import argparse
import os
import sys
import traceback
import warnings
from importlib.metadata import version

from classicvis._optional import import_optional
from classicvis.benchmark import BUILT_IN_METHODS
from classicvis.datasets import BACKBONES

SAMPLE = "fashion-sample"
DEFAULT_OUTPUT = "report"
DEFAULT_METHODS = ("hog-svm", "hog-rbf", "hog-forest", "cnn")
TRANSFER = "transfer-svm"
DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130  # exit statuses


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str, default=None
        Command-line arguments; None takes those of the process.

    Returns
    -------
    status : int
        0 when all went well, 1 when images are bad, a method failed or something is wrong, 2 when what was asked
        for cannot be done, 130 after Ctrl-C.
    """
    options = _make_parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return options.run(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, TypeError, OSError, ImportError) as error:
        if options.traceback:
            traceback.print_exc()
        else:
            print(f"classicvis: error: {error}", file=sys.stderr)
        return MISUSED


def _show_warning(message, category, filename, lineno, file=None, line=None):
    print(f"classicvis: warning: {message}", file=sys.stderr)


def _make_parser():
    parser = argparse.ArgumentParser(
        prog="classicvis", description="Classical vision and CNNs behind one fit / predict / score."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('classicvis')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_compare(commands)
    _add_check(commands)
    for command in commands.choices.values():
        command.add_argument("--jobs", type=int, metavar="N", help="files or folds to work on at the same time")
    _add_doctor(commands)
    for command in commands.choices.values():
        command.add_argument("--traceback", action="store_true", help="show where in the code an error arose")
    return parser


def _add_compare(commands):
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
    command.set_defaults(run=_compare)


def _add_check(commands):
    command = commands.add_parser(
        "check",
        help="list the files of a folder that cannot be read as images",
        description="Read every image below a folder and list those that cannot be read, with the reason.",
    )
    command.add_argument("data", metavar="FOLDER", help="folder of images; folders in it are searched too")
    command.set_defaults(run=_check)


def _add_doctor(commands):
    command = commands.add_parser(
        "doctor",
        help="tell what is installed, what networks run on, and what is wrong",
        description="Print versions, the providers that onnxruntime can really use, threads, caches, and what is "
        "wrong with the installation; the exit status is 1 if something is.",
    )
    command.set_defaults(run=_doctor)


def _parse_size(text):
    try:
        size = tuple(int(side) for side in text.lower().split("x"))
    except ValueError:
        size = ()
    if len(size) not in (1, 2) or min(size) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: give a number, or ROWSxCOLUMNS such as 48x64")
    return size[0] if len(size) == 1 else size


def _check(options):
    from classicvis.datasets import list_images
    from classicvis.images import check_images

    paths = list_images(options.data)
    bad = check_images(paths, n_jobs=options.jobs)
    for _, path, reason in bad:
        print(f"{path}: {reason}")
    print(f"{len(bad)} of {len(paths)} files cannot be read.", file=sys.stderr)
    return FAILED if bad else DONE


def _doctor(options):
    from classicvis._doctor import diagnose

    diagnosis = diagnose()
    print(diagnosis)
    return FAILED if diagnosis.wrong else DONE


def _compare(options):
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

    comparison = compare(
        methods,
        **data,
        size=options.size,
        cv=options.cv,
        random_state=options.seed,
        n_jobs=options.jobs,
        check_files=False,
    )
    comparison.notes += notes
    _write_results(comparison, options)
    return FAILED if comparison.errors else DONE


def _transfer_methods(options):
    """Return the method of a trained network, if there is one, in a list."""
    numbers = {"mean": options.mean, "std": options.std}
    numbers = {name: values[0] if values and len(values) == 1 else values for name, values in numbers.items()}
    preprocessing = numbers | {"channel_order": options.channel_order}
    if options.backbone is None:
        if any(value is not None for value in preprocessing.values()):
            raise ValueError("--mean, --std and --channel-order tell of a network: give its file with --backbone.")
        return []
    from classicvis.benchmark import DEFAULT_SIZE, make_transfer_method

    size = None if options.data == SAMPLE and options.size is None else options.size or DEFAULT_SIZE
    method = make_transfer_method(options.backbone, size=size, random_state=options.seed, **preprocessing)
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
    """Return the bundled sample as arguments for `compare`, with its own test set unless told otherwise."""
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
        print(
            f"classicvis: error: {len(bad)} file(s) cannot be read: remove them, or leave them out with --skip-bad.",
            file=sys.stderr,
        )
        return None, []
    notes = ["\n".join([f"Left out: {len(bad)} file(s) that cannot be read.", *lines])] if bad else []
    for note in notes:
        print(note, file=sys.stderr)
    return data | _test_size(options), notes


def _test_size(options):
    return {} if options.test_size is None else {"test_size": options.test_size}


def _write_results(comparison, options):
    name = os.path.basename(os.path.abspath(options.data))
    report = os.path.join(options.output, "report.html")
    comparison.to_html(report, title=f"Image classifiers compared on {name}")
    comparison.to_csv(os.path.join(options.output, "results.csv"))
    comparison.to_json(os.path.join(options.output, "results.json"))
    print(comparison)
    print(f"\nThe report is {report}, with the figures in results.csv and results.json beside it.")


if __name__ == "__main__":
    sys.exit(main())
