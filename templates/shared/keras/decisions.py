"""Metrics of Keras that count right and wrong decisions; they are gathered on the host."""

import numpy as np

from .layer_names import snake_case
from .steps import as_arrays, as_elements


def host_array(values, dtype=np.float32):
    """Values as an array of NumPy."""
    return np.asarray(as_arrays(values)).astype(dtype)


def alike(x, y):
    """Two arrays of the same rank where one has a last axis of size one more."""
    if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
        return (x, y[..., None]) if y.ndim == 1 else (x[..., 0], y)
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        return (x[..., None], y) if x.ndim == 1 else (x, y[..., 0])
    return x, y


def shares(part, whole):
    """A part of a whole, and zero of nothing."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def check_dtype(dtype):
    """Metrics are computed in the usual dtypes alone."""
    if dtype not in (None, "float32"):
        raise NotImplementedError(f"a metric of {dtype}")


class ConfusionMetric:
    """Base of the metrics that count right and wrong decisions between two classes, at one threshold or several."""

    def __init__(self, thresholds=None, name=None, top_k=None, class_id=None):
        usual = 0.5 if top_k is None else -1e10
        self.single = not isinstance(thresholds, (list, tuple)) or len(thresholds) == 1
        given = thresholds if isinstance(thresholds, (list, tuple)) else [usual if thresholds is None else thresholds]
        self.thresholds, self.name = np.array(given, np.float32), name or snake_case(type(self).__name__)
        self.top_k, self.class_id = top_k, class_id
        self.reset_state()

    def reset_state(self):
        """Forget all decisions."""
        self.true_positives = self.false_positives = np.zeros(len(self.thresholds), np.float32)
        self.true_negatives = self.false_negatives = self.true_positives

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take true and predicted values in."""
        y_pred, y_true = alike(host_array(y_pred), host_array(y_true))
        weights = np.ones_like(y_pred)
        if sample_weight is not None:
            given = host_array(sample_weight)[..., None]
            given = given[..., 0] if given.ndim == y_true.ndim + 1 else given
            weights = np.broadcast_to(given, y_pred.shape)
        if self.top_k is not None:
            places = np.argsort(-y_pred, axis=-1, kind="stable")[..., : self.top_k]
            chosen = np.zeros(y_pred.shape, bool)
            np.put_along_axis(chosen, places, True, axis=-1)
            y_pred = np.where(chosen, y_pred, np.float32(-1e10))
        if self.class_id is not None:
            y_true, y_pred = y_true[..., self.class_id, None], y_pred[..., self.class_id, None]
            weights = np.broadcast_to(weights[..., :1], y_pred.shape)
        self.count(y_true != 0, y_pred, weights)

    def count(self, true, y_pred, weights):
        """Add up the weights of decisions at each threshold."""
        true, y_pred, weights = true.ravel(), y_pred.ravel(), weights.ravel()
        positive = y_pred > self.thresholds[:, None]
        self.add(*(np.where(each, weights, 0) for each in (true & positive, ~true & positive, true, ~true)))

    def add(self, true_positives, false_positives, positives, negatives, axis=-1):
        """Add decisions, of which ``positives`` and ``negatives`` are all of a class."""
        parts = (true_positives, false_positives, positives, negatives)
        found = [part.sum(axis=axis, dtype=np.float32) for part in parts]
        self.true_positives = self.true_positives + found[0]
        self.false_positives = self.false_positives + found[1]
        self.false_negatives = self.false_negatives + (found[2] - found[0])
        self.true_negatives = self.true_negatives + (found[3] - found[1])

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()

    def values(self):
        """What the counts say at each threshold."""
        raise NotImplementedError

    def result(self):
        """The value so far, or those of several thresholds."""
        values = self.values()
        return as_elements(values[0] if self.single else values)


class Precision(ConfusionMetric):
    """The share of positive predictions that are right."""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name="precision", dtype=None):
        check_dtype(dtype)
        super().__init__(thresholds, name, top_k, class_id)

    def values(self):
        """The shares so far."""
        return shares(self.true_positives, self.true_positives + self.false_positives)


class Recall(ConfusionMetric):
    """The share of positive examples that are found."""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name="recall", dtype=None):
        check_dtype(dtype)
        super().__init__(thresholds, name, top_k, class_id)

    def values(self):
        """The shares so far."""
        return shares(self.true_positives, self.true_positives + self.false_negatives)


class TruePositives(ConfusionMetric):
    """The number of right positive predictions."""

    def __init__(self, thresholds=None, name="true_positives"):
        super().__init__(thresholds, name)

    def values(self):
        """The numbers so far."""
        return self.true_positives


class FalsePositives(ConfusionMetric):
    """The number of wrong positive predictions."""

    def __init__(self, thresholds=None, name="false_positives"):
        super().__init__(thresholds, name)

    def values(self):
        """The numbers so far."""
        return self.false_positives


class TrueNegatives(ConfusionMetric):
    """The number of right negative predictions."""

    def __init__(self, thresholds=None, name="true_negatives"):
        super().__init__(thresholds, name)

    def values(self):
        """The numbers so far."""
        return self.true_negatives


class FalseNegatives(ConfusionMetric):
    """The number of wrong negative predictions."""

    def __init__(self, thresholds=None, name="false_negatives"):
        super().__init__(thresholds, name)

    def values(self):
        """The numbers so far."""
        return self.false_negatives


class AUC(ConfusionMetric):
    """The area under a curve of decisions at many thresholds: of recall by false positives, or precision by recall.

    With ``multi_label`` it is the mean over the labels, (batch, labels).
    """

    def __init__(
        self, num_thresholds=200, curve="ROC", summation_method="interpolation", name="auc", thresholds=None,
        multi_label=False, label_weights=None, from_logits=False, dtype=None,
    ):  # fmt: skip
        check_dtype(dtype)
        self.curve, self.summation_method = curve.upper(), summation_method.lower()
        even = np.arange(1, num_thresholds - 1) / (num_thresholds - 1)
        inner = even if thresholds is None else sorted(thresholds)
        steps = np.diff([0.0, *inner, 1.0])
        self.even, self.multi_label, self.from_logits = np.allclose(steps, steps[0]), multi_label, from_logits
        self.label_weights = None if label_weights is None else np.array(label_weights, np.float32)
        super().__init__([-1e-7, *inner, 1 + 1e-7], name)

    def reset_state(self):
        """Forget all decisions."""
        super().reset_state()
        if self.multi_label:
            self.true_positives = self.false_positives = self.true_positives[:, None]
            self.true_negatives = self.false_negatives = self.true_positives

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take true and predicted values in."""
        y_pred = host_array(y_pred)
        super().update_state(y_true, 1 / (1 + np.exp(-y_pred)) if self.from_logits else y_pred, sample_weight)

    def count(self, true, y_pred, weights):
        """Add up the weights of decisions at each threshold, and of each label."""
        if self.label_weights is not None and not self.multi_label:
            weights = weights * self.label_weights
        if not self.multi_label:
            true, y_pred, weights = true.reshape(-1, 1), y_pred.reshape(-1, 1), weights.reshape(-1, 1)
        if self.even:  # a prediction is above all thresholds up to that of its interval
            last = len(self.thresholds) - 1
            places = np.maximum(np.ceil(y_pred.clip(0, 1) * np.float32(last)) - 1, 0)
            positive = places >= np.arange(last + 1)[:, None, None]
        else:
            positive = y_pred > self.thresholds[:, None, None]
        found = [np.where(each, weights, 0) for each in (true & positive, ~true & positive, true[None], ~true[None])]
        if not self.multi_label:
            found = [each[..., 0] for each in found]
        self.add(*found, axis=1)

    def result(self):
        """The area so far."""
        positives = self.true_positives + self.false_negatives
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.mean(self.interpolated(positives))
        recall = shares(self.true_positives, positives)
        if self.curve == "ROC":
            x, y = shares(self.false_positives, self.false_positives + self.true_negatives), recall
        elif self.curve == "PR":
            x, y = recall, shares(self.true_positives, self.true_positives + self.false_positives)
        else:
            raise NotImplementedError(f"the curve {self.curve}")
        rule = {"minoring": np.minimum, "majoring": np.maximum}.get(self.summation_method, lambda a, b: (a + b) / 2)
        return self.mean((x[:-1] - x[1:]) * rule(y[:-1], y[1:]))

    def mean(self, parts):
        """The sum over the thresholds, and the mean over labels."""
        areas = parts.sum(axis=0)
        if self.multi_label:
            areas = np.average(areas, weights=self.label_weights)
        return as_elements(np.float32(areas))

    def interpolated(self, positives):
        """Areas between thresholds where numbers of decisions, and not precision, change linearly."""
        chosen = self.true_positives + self.false_positives
        gained = self.true_positives[:-1] - self.true_positives[1:]
        slope = shares(gained, np.maximum(chosen[:-1] - chosen[1:], 0))
        start = self.true_positives[1:] - slope * chosen[1:]
        both = (chosen[:-1] > 0) & (chosen[1:] > 0)
        ratio = np.where(both, shares(chosen[:-1], chosen[1:]), 1)
        return shares(slope * (gained + start * np.log(ratio)), positives[1:])


class IoU:
    """The mean, over some classes, of the elements that are of a class by both over those that are by one or both."""

    def __init__(
        self, num_classes, target_class_ids, name="io_u", ignore_class=None, sparse_y_true=True, sparse_y_pred=True,
        axis=-1, dtype=None,
    ):  # fmt: skip
        check_dtype(dtype)
        self.num_classes, self.target_class_ids = num_classes, list(target_class_ids)
        self.name = name or snake_case(type(self).__name__)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.reset_state()

    def reset_state(self):
        """Forget all elements."""
        self.counts = np.zeros((self.num_classes, self.num_classes), np.int32)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take classes, or probabilities of classes, in; weights are whole numbers."""
        y_true, y_pred = host_array(y_true), host_array(y_pred)
        true = (y_true if self.sparse_y_true else y_true.argmax(self.axis)).astype(np.int32).ravel()
        found = (y_pred if self.sparse_y_pred else y_pred.argmax(self.axis)).astype(np.int32).ravel()
        weights = np.int32(1) if sample_weight is None else host_array(sample_weight, np.int32).ravel()
        counted = (true >= 0) & (true < self.num_classes) & (found >= 0) & (found < self.num_classes)
        if self.ignore_class is not None:
            counted &= true != self.ignore_class
        weights = np.broadcast_to(weights, true.shape)[counted]
        self.counts = self.counts.copy()
        np.add.at(self.counts, (true[counted], found[counted]), weights)

    def result(self):
        """The mean so far, over the classes that occur."""
        both = np.diag(self.counts)[self.target_class_ids].astype(np.float32)
        one = (self.counts.sum(0) + self.counts.sum(1))[self.target_class_ids].astype(np.float32) - both
        occurs = one > 1e-9
        values = np.where(occurs, both / (one + np.float32(1e-7)), 0)
        return as_elements(np.float32(values.sum() / (occurs.sum() + 1e-7)))

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()


class MeanIoU(IoU):
    """The mean over all classes."""

    def __init__(
        self, num_classes, name="mean_io_u", ignore_class=None, sparse_y_true=True, sparse_y_pred=True, axis=-1,
        dtype=None,
    ):  # fmt: skip
        check_dtype(dtype)
        super().__init__(num_classes, range(num_classes), name, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """The mean over some classes for one-hot targets."""

    def __init__(
        self, num_classes, target_class_ids, name="one_hot_io_u", ignore_class=None, sparse_y_pred=False, axis=-1
    ):
        super().__init__(num_classes, target_class_ids, name, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(IoU):
    """The mean over all classes for one-hot targets."""

    def __init__(self, num_classes, name="one_hot_mean_io_u", ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, range(num_classes), name, ignore_class, False, sparse_y_pred, axis)


class BinaryIoU(IoU):
    """The mean over two classes, of which predictions from a threshold on are the second."""

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name="binary_io_u"):
        super().__init__(2, target_class_ids, name)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take classes and predictions in."""
        super().update_state(y_true, host_array(y_pred) >= np.float32(self.threshold), sample_weight)
