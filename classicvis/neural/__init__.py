"""Networks behind scikit-learn's interface: torch trains, ONNX is kept, onnxruntime predicts."""

from classicvis.neural._classifier import CNNClassifier
from classicvis.neural._explanation import explain_in_batches
from classicvis.neural._onnx_classifier import ONNXClassifier
from classicvis.neural._onnx_transformer import ONNXTransformer
from classicvis.neural._quantize import quantize
from classicvis.neural._save import save_onnx
from classicvis.neural.running._model_files import ModelFileError
from classicvis.neural.running._providers import count_gpus_of_torch, find_providers
from classicvis.neural.running._session import CUDA, WHEELS
from classicvis.neural.running._threads import count_threads

__all__ = [
    "CNNClassifier",
    "ModelFileError",
    "ONNXClassifier",
    "ONNXTransformer",
    "quantize",
    "save_onnx",
]
