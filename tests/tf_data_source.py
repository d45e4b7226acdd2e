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


def lists_are_arrays(x, y):
    """Lists are arrays and no structures, and Python's numbers have 32 bits."""
    rows = tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4], [5, 6]])
    pairs = rows.map(lambda row: (row, [0.5, 1.5], 2)).batch(2)
    both = tf.data.Dataset.from_tensor_slices(([1.0, 2.0], {"y": [True, False]}))
    whole = tf.data.Dataset.from_tensors([0.5, 1.0])
    found = [row.numpy() for row in rows] + [part.numpy() for pair in pairs for part in pair]
    found += [part.numpy() for a, b in both for part in (a, b["y"])] + [row.numpy() for row in whole]
    return found, [str(array.dtype) for array in found]


def typed(x, y):
    def rows(stop):
        for i in range(int(stop)):
            yield {"a": [0.5] * i, "b": np.float64(i)}

    types = {"a": tf.float32, "b": tf.int32}
    ds = tf.data.Dataset.from_generator(rows, types, {"a": [None], "b": []}, args=(3,))
    found = [row[key].numpy() for row in ds for key in ("a", "b")]
    return found, [str(array.dtype) for array in found]


def windows(x, y, size: int = 3):
    series = tf.data.Dataset.range(7)
    forecasts = series.window(size + 1, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(size + 1))
    forecasts = forecasts.map(lambda w: (w[:-1], w[-1]))
    parts = [series.window(3, shift=2), series.window(2, 4), series.window(3, stride=2), series.window(2, 1, 3, True)]
    pairs = tf.data.Dataset.from_tensor_slices((x, {"y": y})).window(4).map(lambda a, b: (a, b["y"]))
    pairs = pairs.flat_map(lambda a, b: tf.data.Dataset.zip((a.batch(4), b.batch(4))))
    return (
        [(a.numpy(), int(b)) for a, b in forecasts],
        [[len(part), [[int(v) for v in window] for window in part]] for part in parts],
        [(a.numpy(), b.numpy()) for a, b in pairs],
    )


def filled_up(x, y):
    def rows():
        for length in (1, 3, 2):
            yield np.arange(length) + 1, length

    signature = (tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32))
    ds = tf.data.Dataset.from_generator(rows, output_signature=signature)
    found = [*ds.padded_batch(2), *ds.padded_batch(3, ([5], []), padding_values=(-1, 0))]
    found += list(ds.padded_batch(2, padded_shapes=([None], []), drop_remainder=True))
    return [(a.numpy(), b.numpy()) for a, b in found]


def chosen(x, y):
    ds = tf.data.Dataset.range(10)
    total = ds.reduce(np.int64(0), lambda state, value: state + value)
    parts = ds.shard(3, 1), ds.take_while(lambda v: v < 4), ds.apply(lambda each: each.skip(8))
    return int(total), [[int(v) for v in part] for part in parts], len(parts[0])


def series(x, y):
    make = tf.keras.utils.timeseries_dataset_from_array
    data = np.arange(24, dtype=np.float32).reshape(12, 2)
    sets = [
        make(data, None, 4, batch_size=3),
        make(data, data[3:, 0], sequence_length=3, sequence_stride=2, sampling_rate=2),
        make(data, np.arange(12), 2, start_index=2, end_index=9, batch_size=None),
    ]
    return [array.numpy() for array in sets[0]], [[(a.numpy(), b.numpy()) for a, b in ds] for ds in sets[1:]]


CASES = """mapped dictionaries combined generated one_element rows_again shuffled lists_are_arrays typed windows filled_up
chosen series""".split()
