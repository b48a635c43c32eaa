"""A file with the state of a training run, which is whole at any time, and fits the data and the parameters."""

import io
import os
from importlib.metadata import version

import torch

from classicvis._files import remove_whole, write_whole
from classicvis.neural.running._model_files import ModelFileError

FORMAT_NUMBER = 1  # to be raised when what is in the file changes
FIELDS = {"parameters": dict, "data": dict, "seed": int, "seconds": float, "state": dict}


class Checkpoint:
    """Where the state of a training run is put after every epoch.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    parameters : dict of str to str
        What the result depends on, beside the data.
    data : dict of str to str
        Hash values of the data, by what they are of.
    seed : int
        Seed of the run.

    Attributes
    ----------
    seed : int
        That of the run that was broken off, if there was one, else the one given.

    Raises
    ------
    ModelFileError
        The file is damaged, or not a checkpoint.
    ValueError
        It belongs to another run, or its folder does not exist.
    """

    def __init__(self, path, parameters, data, seed):
        self.path = os.path.abspath(os.fspath(path))
        versions = {"version of classicvis": version("classicvis"), "version of torch": str(torch.__version__)}
        self.parameters = parameters | versions
        self.data = data
        if not os.path.isdir(os.path.dirname(self.path)):
            raise ValueError(f"checkpoint is {self.path!r}, in a folder that does not exist: make the folder first.")
        self._content = self._read() if os.path.exists(self.path) else None
        self.seed = seed if self._content is None else self._content["seed"]

    def resume(self, state, clock):
        """Take up the state of the run that was broken off, if there was one.

        Parameters
        ----------
        state : TrainingState
            At its beginning; changed in place.
        clock : Clock
            Gets the time that was spent.

        Raises
        ------
        ValueError
            The file is of another network.
        """
        if self._content is None:
            return
        try:
            state.load_state_dict(self._content["state"])
        except (RuntimeError, ValueError) as error:
            raise self._refusal(["the network that architecture makes is another one"]) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelFileError(
                f"checkpoint is {self.path!r}, whose 'state' is damaged ({error!r}): remove it, or give another name."
            ) from error
        clock.add(self._content["seconds"])

    def write(self, state, clock):
        """Write the state in the place of the last one."""
        content = {
            "format": FORMAT_NUMBER,
            "parameters": self.parameters,
            "data": self.data,
            "seed": self.seed,
            "seconds": clock.elapsed(),
            "state": state.state_dict(),
        }
        file = io.BytesIO()
        torch.save(content, file)
        write_whole(self.path, file.getbuffer())

    def remove(self):
        """Remove the file: the run is over."""
        remove_whole(self.path)

    def _read(self):
        try:
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            format_number = content["format"]
        except Exception as error:  # torch raises errors of many types on files that it did not write
            raise ModelFileError(
                f"checkpoint is {self.path!r}, which is not of CNNClassifier: remove it, or give another name."
            ) from error
        if format_number != FORMAT_NUMBER:
            raise ModelFileError(
                f"checkpoint is {self.path!r}, written in format {format_number} where this version reads format "
                f"{FORMAT_NUMBER}: remove it, or give another name."
            )
        for field, kind in FIELDS.items():
            if not isinstance(content.get(field), kind):
                raise ModelFileError(
                    f"checkpoint is {self.path!r}, whose {field!r} is missing or damaged: remove it, or give another "
                    "name."
                )
        differences = [
            *(f"{name} was {old} and is {new}" for name, old, new in _compare(content["parameters"], self.parameters)),
            *(f"{name} differ" for name, _, _ in _compare(content["data"], self.data)),
        ]
        if differences:
            raise self._refusal(differences)
        return content

    def _refusal(self, differences):
        return ValueError(
            f"checkpoint is {self.path!r}, which belongs to another fit, as {' and '.join(differences)}: give what it "
            "was made with to go on, remove it to begin anew, or give another name."
        )


def _compare(before, now):
    """Yield the names under which two dictionaries do not hold the same, with what they hold."""
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name, "missing"), now.get(name, "missing")
        if old != new:
            yield name, old, new
