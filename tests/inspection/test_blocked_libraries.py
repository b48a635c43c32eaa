"""Explanations work without torch, onnx, matplotlib or any network library."""

import pickle

import numpy as np
from blocking import run_blocking

from classicvis.inspection import class_activation_map, occlusion_map


def test_networks_are_explained_where_torch_and_onnx_are_not_installed(digits, network, tmp_path):
    X, _ = digits
    np.save(tmp_path / "X.npy", X[:5])
    (tmp_path / "network.pkl").write_bytes(pickle.dumps(network))
    code = """
        import pickle
        from pathlib import Path
        import numpy as np
        from classicvis.inspection import class_activation_map, occlusion_map
        folder = Path(sys.argv[1])
        X = np.load(folder / "X.npy")
        network = pickle.loads((folder / "network.pkl").read_bytes())
        maps, biases = class_activation_map(network, X, "two", return_bias=True)
        np.savez(folder / "out.npz", predicted=network.predict(X), logits=network.decision_function(X), maps=maps,
                 biases=biases, occlusion=occlusion_map(network, X, patch_size=4))
        print(*(name in sys.modules for name in ("torch", "onnx", "matplotlib")))
    """
    assert run_blocking({"torch", "onnx", "matplotlib"}, code, str(tmp_path)).split() == ["False"] * 3
    with np.load(tmp_path / "out.npz") as out:
        np.testing.assert_array_equal(out["predicted"], network.predict(X[:5]))
        np.testing.assert_array_equal(out["maps"], class_activation_map(network, X[:5], "two"))
        np.testing.assert_array_equal(out["occlusion"], occlusion_map(network, X[:5], patch_size=4))
        two = network.classes_.tolist().index("two")
        np.testing.assert_allclose(
            out["maps"].sum(axis=(1, 2)) + out["biases"], out["logits"][:, two], rtol=0, atol=1e-5
        )


def test_classical_classifiers_are_explained_where_no_network_library_is_installed():
    code = """
        import numpy as np
        import classicvis
        assert "classicvis.inspection" not in sys.modules
        from classicvis.inspection import hog_weight_template, occlusion_map
        X, y = np.random.default_rng(0).uniform(size=(20, 16, 16)), np.arange(20) % 2
        pipeline = classicvis.make_hog_svm(pixels_per_cell=(8, 8), random_state=0).fit(X, y)
        print(hog_weight_template(pipeline, 1).scales[0].positive.shape, occlusion_map(pipeline, X[:1]).shape)
    """
    printed = run_blocking({"torch", "onnx", "onnxruntime", "matplotlib"}, code)
    assert printed.strip() == "(2, 2, 9) (1, 16, 16)"


def test_class_activation_names_the_extra_where_onnxruntime_is_not_installed(network, tmp_path):
    (tmp_path / "network.pkl").write_bytes(pickle.dumps(network))
    code = """
        import pickle
        from pathlib import Path
        import numpy as np
        from classicvis.inspection import class_activation_map
        network = pickle.loads(Path(sys.argv[1]).read_bytes())
        try:
            class_activation_map(network, np.zeros((1, 64)))
        except ImportError as error:
            print(error)
    """
    printed = run_blocking({"onnxruntime"}, code, str(tmp_path / "network.pkl"))
    assert printed.strip() == "Running a network needs 'onnxruntime': run `pip install \"classicvis[onnx]\"`."
