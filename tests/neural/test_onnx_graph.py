"""Cutting networks: where, and that nothing of the tail is left."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator
from onnx_models import Graph, make_convnext, make_convolutional, make_squeeze, make_vit

from classicvis.neural.graphs._graph import cut_model, read_model

N_CLASSES = 1000  # so that the last layer would weigh
NETWORKS = {
    "Gemm": (make_convolutional(n_classes=N_CLASSES), "flat"),
    "MatMul, Add, Softmax": (make_convolutional(n_classes=N_CLASSES, head="MatMul", softmax=True), "flat"),
    "1 × 1 Conv, Reshape": (make_convolutional(n_classes=N_CLASSES, head="Conv"), "pooled"),
    "1 × 1 Conv before pooling": (make_squeeze(N_CLASSES), "features"),
    "vision transformer": (make_vit(N_CLASSES), "class_token"),
    "ConvNeXt": (make_convnext(N_CLASSES), "features"),
}


def images_for(model, n=3):
    shape = [d.dim_value or n for d in onnx.load_from_string(model).graph.input[0].type.tensor_type.shape.dim]
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def run(model, x, output=None):
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None if output is None else [output], {session.get_inputs()[0].name: x})[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_cut_is_before_the_last_layer_and_drops_what_is_behind(name):
    model, features = NETWORKS[name]
    whole = read_model(model)
    cut, output = cut_model(whole, "auto")
    assert output == features
    onnx.checker.check_model(cut)
    largest = max(np.prod(weight.dims) for weight in cut.graph.initializer)
    assert largest < N_CLASSES
    assert {node.output[0] for node in cut.graph.node} < {node.output[0] for node in whole.graph.node}
    x = images_for(model)
    whole.graph.output.extend(cut.graph.output)
    expected = ReferenceEvaluator(whole).run([features], {"input": x})[0]
    np.testing.assert_allclose(run(cut.SerializeToString(), x), expected, rtol=1e-4, atol=1e-5)


def test_cut_is_computed_from_the_whole_only_once_there():
    """The network given is not changed by being cut."""
    model = read_model(make_convolutional())
    before = model.SerializeToString()
    cut_model(model)
    assert model.SerializeToString() == before


@pytest.mark.parametrize("output", ["maps", "pooled", "output"])
def test_cut_at_a_named_tensor(output):
    cut, name = cut_model(read_model(make_convolutional()), output)
    assert [value.name for value in cut.graph.output] == [name] == [output]


def test_cut_of_our_own_networks_is_the_pooled_map(fitted):
    cut, _ = cut_model(read_model(fitted.onnx_model_))
    assert cut.graph.node[-1].op_type == "GlobalMaxPool"
    assert {prop.key: prop.value for prop in cut.metadata_props}["classicvis.layout"] == "NHWC"


def test_cut_of_a_network_with_several_outputs_is_at_the_first_that_has_a_last_layer():
    graph = Graph()
    x = graph.add("Conv", "input", graph.weight(4, 3, 1, 1), output="stem")
    x = graph.add("Add", x, graph.add("Relu", x), output="joined")
    graph.add("ReduceMean", x, axes=[2, 3], keepdims=0, output="pooled")
    graph.add("Gemm", "pooled", graph.weight(4, 2), output="logits")
    model = graph.model(["n", 3, 5, 5], [("joined", ["n", 4, 5, 5]), ("logits", ["n", 2])])
    assert cut_model(read_model(model))[1] == "pooled"


def make_headless(join):
    graph = Graph()
    x = graph.add("Conv", "input", graph.weight(4, 3, 1, 1))
    x = graph.add("Add", x, graph.add("Relu", x), output="sum") if join else graph.add("Relu", "input")
    graph.add("GlobalAveragePool", x, output="features")
    return graph.model(["n", 3, 5, 5], [("features", ["n", 4, 1, 1])])


@pytest.mark.parametrize("join", [False, True])
def test_network_without_a_last_layer_wants_a_name(join):
    with pytest.raises(ValueError, match=r"does not end in a matrix product .* by output=, such as .*'features'"):
        cut_model(read_model(make_headless(join)))
    assert cut_model(read_model(make_headless(join)), "features")[1] == "features"


def test_constant_output_is_no_last_layer():
    graph = Graph()
    weight = graph.weight(2, 2)
    graph.add("MatMul", weight, weight, output="constant")
    with pytest.raises(ValueError, match="does not end in a matrix product"):
        cut_model(read_model(graph.model(["n", 3, 2, 2], [("constant", [2, 2])])))


def test_name_that_is_not_there_is_answered_with_close_ones():
    with pytest.raises(
        ValueError, match="has no tensor 'poolled', which output names: give 'auto', or a name such as 'pooled'"
    ):
        cut_model(read_model(make_convolutional()), "poolled")
    with pytest.raises(ValueError, match="a name such as 'pooled' or 'flat' or 'output'"):
        cut_model(read_model(make_convolutional()), "§")


def test_tensor_whose_type_cannot_be_inferred_is_declared():
    graph = Graph()
    graph.nodes.append(onnx.helper.make_node("Mystery", ["input"], ["features"], domain="elsewhere"))
    graph.add("Gemm", "features", graph.weight(4, 2), output="logits")
    model = onnx.load_from_string(graph.model(["n", 3, 2, 2], [("logits", ["n", 2])]))
    model.opset_import.append(onnx.helper.make_opsetid("elsewhere", 1))
    cut, _ = cut_model(model)
    assert cut.graph.output[0].type.tensor_type.elem_type == TensorProto.FLOAT


def test_weights_that_are_inputs_too_do_not_stay_inputs():
    """As networks of ONNX before IR version 4 have it."""
    model = read_model(make_convolutional())
    for weight in model.graph.initializer:
        model.graph.input.append(onnx.helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims))
    cut, name = cut_model(model)
    assert name == "flat"
    assert [value.name for value in cut.graph.input] == ["input"]


def test_file_with_weights_beside_it_is_read_whole(tmp_path):
    model = onnx.load_from_string(make_convolutional(n_classes=N_CLASSES))
    path = tmp_path / "network.onnx"
    onnx.save(model, path, save_as_external_data=True, location="network.onnx.data", size_threshold=0)
    assert (tmp_path / "network.onnx.data").stat().st_size > 4 * N_CLASSES
    x = images_for(make_convolutional())
    expected = run(make_convolutional(n_classes=N_CLASSES), x)
    np.testing.assert_array_equal(run(read_model(path).SerializeToString(), x), expected)
    np.testing.assert_array_equal(run(read_model(str(path)).SerializeToString(), x), expected)


@pytest.mark.parametrize("content", [b"", b"no network", b"\xff" * 100])
def test_what_is_no_onnx_model_is_refused(tmp_path, content):
    with pytest.raises(ValueError, match=r"The model of \d+ bytes (cannot be read|holds no network)"):
        read_model(content)
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.onnx' (cannot be read as an ONNX model|holds no network)"):
        read_model(tmp_path / "x.onnx")


def test_file_that_is_not_there_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"x\.onnx"):
        read_model(tmp_path / "x.onnx")
