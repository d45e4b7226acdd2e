"""Scores of Keras for one-hot targets, gathered over batches."""

import numpy as np


class FBetaScore:
    """The weighted harmonic mean of precision and recall of each class, (batch, classes)."""

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score"):
        self.average, self.beta, self.threshold, self.name = average, beta, threshold, name
        self.reset_state()

    def reset_state(self):
        """Forget all decisions."""
        self.true_positives = self.false_positives = self.false_negatives = np.zeros(())
        self.class_weights = np.zeros(())

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take one-hot targets and predictions in."""
        y_true, y_pred = (np.asarray(y, dtype=np.float32) for y in (y_true, y_pred))
        if self.threshold is None:
            chosen = (y_pred >= np.amax(y_pred, axis=-1, keepdims=True)) & (np.abs(y_pred) > 1e-9)
        else:
            chosen = y_pred > self.threshold
        chosen = chosen.astype(np.float32)
        weights = np.ones_like(y_pred)
        if sample_weight is not None:
            weights = weights * np.asarray(sample_weight, dtype=np.float32)[:, None]
        axes = (0, 1) if self.average == "micro" else (0,)
        self.true_positives = self.true_positives + (weights * chosen * y_true).sum(axis=axes)
        self.false_positives = self.false_positives + (weights * chosen * (1 - y_true)).sum(
            axis=axes
        )
        self.false_negatives = self.false_negatives + (weights * (1 - chosen) * y_true).sum(
            axis=axes
        )
        self.class_weights = self.class_weights + (weights * y_true).sum(axis=axes)

    def result(self):
        """The score so far: of each class, or their mean."""
        precision = self.true_positives / (self.true_positives + self.false_positives + 1e-7)
        recall = self.true_positives / (self.true_positives + self.false_negatives + 1e-7)
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + 1e-7)
        if self.average == "weighted":
            return (score * self.class_weights / (self.class_weights.sum() + 1e-7)).sum()
        return score if self.average is None else score.mean()

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall of each class."""

    def __init__(self, average=None, threshold=None, name="f1_score"):
        super().__init__(average, 1.0, threshold, name)
