"""Transformers work in processes that are forked, spawned or made by a fork server, also after the parent used them."""

import multiprocessing
import os
import subprocess
import sys
import textwrap

import pytest

SECONDS = 120  # after which a process is taken to hang
SCRIPT = """
    import multiprocessing, os, sys
    import numpy as np
    from classicvis import *

    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32), dtype=np.uint8)
    transformers = {
        "words": SIFTTransformer(encoder=BagOfVisualWords(300, random_state=0), random_state=0),
        "vlad": SIFTTransformer(encoder=VLAD(64, random_state=0), random_state=0),
        "fisher": SIFTTransformer(encoder=FisherVector(16, random_state=0), random_state=0),
        "patches": KMeansPatchTransformer(256, n_patches=10_000, random_state=0),
        "hog": HOGTransformer(),
        "lbp": LBPTransformer(),
        "colours": ColorHistogramTransformer(),
        "gabor": GaborTransformer(frequencies=(0.2,), orientations=2),
    }

    def run(name):
        return transformers[name].fit_transform(images).shape

    if __name__ == "__main__":
        shapes = {name: run(name) for name in transformers}
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(2) as pool:
            assert dict(zip(transformers, pool.map(run, transformers))) == shapes
        print("done")
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_every_transformer_works_in_child_processes(method, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    result = subprocess.run(
        [sys.executable, str(script), method],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=environment | {"OMP_NUM_THREADS": "2"},
        check=False,
    )
    assert result.stdout == "done\n", result.stderr
