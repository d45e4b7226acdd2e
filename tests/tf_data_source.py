"""Input pipelines of tf.data, as functions of arrays."""

import numpy as np
import tensorflow as tf

AUTOTUNE = tf.data.AUTOTUNE


def scale(image, label):
    return tf.cast(image, tf.float32) / 255.0, tf.one_hot(label, 3)


def pipeline(x, y, batch_size: int = 4) -> tf.data.Dataset:
    ds = tf.data.Dataset.from_tensor_slices((x, y))
    ds = ds.map(scale, num_parallel_calls=AUTOTUNE)
    ds = ds.batch(batch_size, drop_remainder=True)
    return ds.prefetch(AUTOTUNE)


def mapped(x, y):
    ds = pipeline(x, y)
    return len(ds), [(images.numpy(), labels.numpy()) for images, labels in ds.take(5)]


def dictionaries(x, y):
    ds = tf.data.Dataset.from_tensor_slices({"x": x, "y": y}).batch(3)
    return [{key: value.numpy() for key, value in batch.items()} for batch in ds]


def combined(x, y):
    both = tf.data.Dataset.zip((tf.data.Dataset.range(4), tf.data.Dataset.range(1, 9, 2).map(lambda v: v * 2)))
    numbered = both.repeat(2).skip(1).enumerate(start=5)
    even = tf.data.Dataset.range(10).filter(lambda v: v % 2 == 0).concatenate(tf.data.Dataset.range(3))
    return [(int(i), int(a), int(b)) for i, (a, b) in numbered], [int(v) for v in even.as_numpy_iterator()]


def generated(x, y):
    def rows():
        for i in range(5):
            yield np.full((2,), i, np.float32), i

    signature = (tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int32))
    ds = tf.data.Dataset.from_generator(rows, output_signature=signature)
    return [(a.numpy(), b.numpy()) for a, b in ds.batch(2)]


def one_element(x, y):
    ds = tf.data.Dataset.from_tensors((x, y)).cache()
    return [tuple(part.numpy() for part in element) for _ in range(2) for element in ds]


def rows_again(x, y):
    return [int(row) for row in tf.data.Dataset.from_tensor_slices(y).batch(4).unbatch()]


def shuffled(x, y):
    """All elements, in an order that the targets choose."""
    ds = tf.data.Dataset.from_tensor_slices(y).shuffle(4, seed=3).repeat(2)
    return sorted(int(v) for v in ds), len(ds)


CASES = ["mapped", "dictionaries", "combined", "generated", "one_element", "rows_again", "shuffled"]
