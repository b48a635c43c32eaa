"""What the outputs of our ONNX models are called: onnx need not be installed to read them."""

LOGITS, PROBABILITIES = "logits", "probabilities"
FEATURE_MAPS, CLASS_WEIGHTS, CLASS_BIASES = "feature_maps", "class_weights", "class_biases"
EXPLAINING = (LOGITS, FEATURE_MAPS, CLASS_WEIGHTS, CLASS_BIASES)  # what the logits are made of
