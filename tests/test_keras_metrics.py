"""Metrics of Keras that count decisions: values after several batches in every target."""

from __future__ import annotations

import functools
import os
import types

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

from .keras_running import assert_same, run_code  # noqa: E402

BINARY = {
    "auc": "AUC()",
    "few thresholds": "AUC(num_thresholds=5, name='area')",
    "precision and recall": "AUC(curve='PR')",
    "minoring": "AUC(50, 'PR', 'minoring')",
    "majoring": "AUC(summation_method='majoring', thresholds=[0.2, 0.5, 0.6])",
    "logits": "AUC(from_logits=True)",
    "precision": "Precision()",
    "precisions": "Precision(thresholds=[0.1, 0.35, 0.8])",
    "recall": "Recall(0.3)",
    "recalls": "Recall([0.25, 0.5, 0.75])",
    "counts": "TruePositives([0.2, 0.7])",
    "negatives": "FalseNegatives()",
    "binary intersections": "BinaryIoU([1], threshold=0.4)",
}
CLASSES = {
    "labels": "AUC(multi_label=True)",
    "weighted labels": "AUC(multi_label=True, num_labels=4, label_weights=[0.1, 0.2, 0.3, 1.0], curve='PR')",
    "flat labels": "AUC(label_weights=[0.1, 0.2, 0.3, 1.0])",
    "top": "Precision(top_k=2)",
    "top of a class": "Recall(top_k=2, class_id=1)",
    "class": "Precision(class_id=3, thresholds=0.4)",
    "one-hot intersections": "OneHotIoU(4, [0, 2])",
    "all one-hot intersections": "OneHotMeanIoU(num_classes=4)",
    "f1": "F1Score(average='macro', threshold=0.4)",
    "f of classes": "FBetaScore(beta=2.0)",
}
SPARSE = {
    "intersections": "MeanIoU(num_classes=4, sparse_y_pred=False)",
    "some intersections": "IoU(4, target_class_ids=[0, 3], sparse_y_pred=False)",
    "without a class": "MeanIoU(4, ignore_class=0, sparse_y_pred=False)",
}
LINES = "".join(f'    "{name}": lambda: keras.metrics.{made},\n' for name, made in (BINARY | CLASSES | SPARSE).items())
CODE = f"import keras\n\nMETRICS = {{\n{LINES}}}\n"


@functools.cache
def converted(target: str) -> types.ModuleType:
    """The metrics in a target."""
    pytest.importorskip(target)
    return run_code(CODE, target)


def batches(name: str):
    """Three batches of true and predicted values, with weights in the last one."""
    generator = np.random.default_rng(0)
    for weighted in (False, False, name not in SPARSE):
        weights = generator.random(20).astype(np.float32) if weighted and "intersections" not in name else None
        if name in BINARY:
            predicted = np.round(generator.random((20, 1)), 2).astype(np.float32)
            yield generator.integers(0, 2, (20, 1)), predicted, weights
            continue
        predicted = generator.random((20, 4)).astype(np.float32)
        true = generator.integers(0, 4, 20)
        yield true if name in SPARSE else np.eye(4, dtype=np.float32)[true], predicted, weights


def gathered(metric, name: str) -> list:
    """The value after each batch, and after all is forgotten and gathered again."""
    values = []
    for _ in range(2):
        for batch in batches(name):
            metric.update_state(*batch)
            values.append(np.asarray(metric.result()))
        metric.reset_state()
    return values


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
@pytest.mark.parametrize("name", [*BINARY, *CLASSES, *SPARSE])
def test_values_are_those_of_keras(name, target):
    space: dict = {}
    exec(CODE, space)  # noqa: S102
    theirs, ours = space["METRICS"][name](), converted(target).METRICS[name]()
    assert ours.name == theirs.name.rstrip("_0123456789") or ours.name == theirs.name
    assert_same(gathered(ours, name), gathered(theirs, name), 1e-5)
