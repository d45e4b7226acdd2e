"""What `import ivy` gives. Written by ``python -m ivy.s2s.stubs``."""

import builtins
from typing import Any

from . import exceptions as exceptions
from .s2s.api import source_to_source as source_to_source
from .s2s.backend import current_backend as current_backend
from .s2s.backend import set_backend as set_backend
from .s2s.backend import unset_backend as unset_backend
from .s2s.backend import use_backend as use_backend
from .s2s.dtypes import Array as Array
from .s2s.dtypes import Dtype as Dtype
from .s2s.graph.trace import trace_graph as trace_graph
from .s2s.live.transpile import transpile as transpile
from .s2s.live.transpile import unify as unify
from .s2s.weights import LoadReport as LoadReport
from .s2s.weights import WeightError as WeightError
from .s2s.weights import load_weights as load_weights

__version__: builtins.str
bfloat16: Dtype
bool: Dtype
complex128: Dtype
complex64: Dtype
e: builtins.float
float16: Dtype
float32: Dtype
float64: Dtype
float8_e4m3fn: Dtype
float8_e5m2: Dtype
inf: builtins.float
int16: Dtype
int32: Dtype
int64: Dtype
int8: Dtype
nan: builtins.float
pi: builtins.float
uint16: Dtype
uint32: Dtype
uint64: Dtype
uint8: Dtype

def Buffer(data: Any, /, persistent: Any = ...) -> Any:
    """State of a module that is saved but not trained; not saved either when it is not persistent."""

def GradScaler() -> Any:
    """Scales losses so that gradients in half precision do not vanish."""

def Parameter(data: Any, requires_grad: Any = ..., /) -> Any:
    """A trainable array of a module."""

def abs(x: Any, /) -> Any:
    """Absolute value."""

def acos(x: Any, /) -> Any:
    """Inverse cosine."""

def acosh(x: Any, /) -> Any:
    """Inverse hyperbolic cosine."""

def adaptive_average_pool(input: Any, output_size: Any, /, data_format: Any = ...) -> Any:
    """Means of as many bins along each spatial axis as the output has places; channels last."""

def adaptive_avg_pool1d(input: Any, /, output_size: Any) -> Any:
    """Means of output_size bins over the last axis."""

def adaptive_avg_pool2d(input: Any, /, output_size: Any) -> Any:
    """Means of bins over the last two axes; None in output_size keeps an axis."""

def adaptive_avg_pool3d(input: Any, /, output_size: Any) -> Any:
    """Means of bins over the last three axes; None in output_size keeps an axis."""

def adaptive_max_pool(input: Any, output_size: Any, /, data_format: Any = ...) -> Any:
    """Maxima of as many bins along each spatial axis as the output has places; channels last."""

def adaptive_max_pool1d(input: Any, /, output_size: Any, return_indices: Any = ...) -> Any:
    """Maxima of output_size bins over the last axis."""

def adaptive_max_pool2d(input: Any, /, output_size: Any, return_indices: Any = ...) -> Any:
    """Maxima of bins over the last two axes."""

def adaptive_max_pool3d(input: Any, /, output_size: Any, return_indices: Any = ...) -> Any:
    """Maxima of bins over the last three axes."""

def add(x1: Any, x2: Any, /) -> Any:
    """Sum."""

def add_at(x: Any, index: Any, values: Any, /) -> Any:
    """x with the values added at an index; each repetition of an index counts."""

def add_n(arrays: Any, /) -> Any:
    """The sum of several arrays."""

def add_outer(x1: Any, x2: Any, /) -> Any:
    """The sum of every element of x1 with every element of x2."""

def add_scaled(x1: Any, x2: Any, /, *, alpha: Any = ...) -> Any:
    """x1 + alpha * x2."""

def addcdiv(x: Any, x1: Any, x2: Any, /, *, value: Any = ...) -> Any:
    """x + value * x1 / x2."""

def addcmul(x: Any, x1: Any, x2: Any, /, *, value: Any = ...) -> Any:
    """x + value * x1 * x2."""

def addmm(x: Any, x1: Any, x2: Any, /, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta * x + alpha * (x1 @ x2)."""

def addr(x: Any, x1: Any, x2: Any, /, *, beta: Any = ..., alpha: Any = ...) -> Any:
    """beta * x + alpha * outer(x1, x2)."""

def adjoint(x: Any, /) -> Any:
    """Last two axes swapped, complex conjugate."""

def adjoint_2d(x: Any, /) -> Any:
    """Conjugate transpose of a matrix."""

def adjust_brightness(image: Any, delta: Any, /) -> Any:
    """Images with a number added."""

def adjust_contrast(images: Any, contrast_factor: Any, /) -> Any:
    """Values moved away from the mean of each channel and image."""

def adjust_gamma(image: Any, /, gamma: Any = ..., gain: Any = ...) -> Any:
    """gain * image ** gamma."""

def adjust_hue(image: Any, delta: Any, /) -> Any:
    """RGB images with a turned hue."""

def adjust_saturation(image: Any, saturation_factor: Any, /) -> Any:
    """RGB images with a scaled saturation."""

def affine_grid(theta: Any, /, size: Any, align_corners: Any = ...) -> Any:
    """Sampling grid (N, *S, n) of affine maps (N, n, n + 1) for outputs of size (N, C, *S)."""

def affine_transform(images: Any, transform: Any, /, interpolation: Any = ..., fill_mode: Any = ..., fill_value: Any = ..., data_format: Any = ...) -> Any:
    """Images whose pixels are taken from where eight numbers of a projective transform say."""

def alias(x: Any, /) -> Any:
    """The same array; marks calls that change memory layout or placement only."""

def all(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Whether all elements are true."""

def allclose(x1: Any, x2: Any, /, *, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> builtins.bool:
    """Whether all elements are close."""

def alpha_dropout(input: Any, /, p: Any = ..., training: Any = ...) -> Any:
    """Dropout that keeps zero mean and unit variance of SELU activations."""

def angle(x: Any, /) -> Any:
    """Argument of a complex number."""

def annotate(type: Any, value: Any, /) -> Any:
    """The value; the type is for a compiler only."""

def any(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Whether any element is true."""

def append(x: Any, values: Any, /, *, axis: Any = ...) -> Any:
    """x with the values behind it; both flattened when there is no axis."""

def apply_along_axis(function: Any, axis: Any, x: Any, /) -> Any:
    """A function of vectors applied to each vector along the axis."""

def arange(start: Any, stop: Any = ..., step: Any = ..., /, *, dtype: Any = ...) -> Any:
    """start, start + step, ... below stop (0 to start with one argument); int64 for integers, else float32."""

def arange_wide(start: Any, stop: Any = ..., step: Any = ..., /) -> Any:
    """Evenly spaced values: int64 for integers, else float64."""

def are_compatible_shapes(shape: Any, other: Any, /) -> builtins.bool:
    """Whether two shapes may be the same."""

def argmax(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Index of the first maximum, in the flattened array without an axis."""

def argmax_as(x: Any, /, *, axis: Any = ..., dtype: Any = ...) -> Any:
    """argmax along an axis, in a dtype."""

def argmin(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Index of the first minimum, in the flattened array without an axis."""

def argmin_as(x: Any, /, *, axis: Any = ..., dtype: Any = ...) -> Any:
    """argmin along an axis, in a dtype."""

def argsort(x: Any, /, *, axis: Any = ..., descending: Any = ...) -> Any:
    """Indices that sort along an axis; NaN counts as the largest value, equal values keep their order."""

def argwhere(x: Any, /) -> Any:
    """Indices of the elements that are not zero, one row each."""

def array(obj: Any, /, *, dtype: Any = ...) -> Any:
    """Array of a copy of the data; Python floats become float64."""

def array_equal(x1: Any, x2: Any, /) -> builtins.bool:
    """Whether shapes and all elements are equal."""

def array_split(x: Any, sections: Any, /, *, axis: Any = ...) -> Any:
    """Split into exactly this many pieces whose sizes differ by at most one, larger ones first."""

def as_dtype(x: Any, /) -> Any:
    """The dtype that a name, a Python type or a dtype states; float and int have 64 bits."""

def as_shape(sizes: Any = ..., /) -> Any:
    """The sizes of axes as a shape."""

def as_sizes(shape: Any, /) -> Any:
    """The lengths of the axes."""

def as_tensor(obj: Any, /, *, dtype: Any = ...) -> Any:
    """The data as an array, without a copy where possible; Python floats become float32, integers int64."""

def asarray(obj: Any, /, *, dtype: Any = ...) -> Any:
    """The data as an array; Python floats become float64."""

def asin(x: Any, /) -> Any:
    """Inverse sine."""

def asinh(x: Any, /) -> Any:
    """Inverse hyperbolic sine."""

def assert_axis_dimension(tensor: Any, axis: Any, expected: Any, /) -> None:
    """An axis has this size."""

def assert_equal(first: Any, second: Any, /) -> None:
    """Two values are equal."""

def assert_equal_rank(inputs: Any, /) -> None:
    """All arrays have as many axes."""

def assert_equal_shape(inputs: Any, /, *, dims: Any = ...) -> None:
    """All arrays have the same sizes, or the same in some axes."""

def assert_equal_shape_prefix(inputs: Any, prefix_len: Any, /) -> None:
    """The first axes of all arrays have the same sizes."""

def assert_equal_shape_suffix(inputs: Any, suffix_len: Any, /) -> None:
    """The last axes of all arrays have the same sizes."""

def assert_exactly_one_is_none(first: Any, second: Any, /) -> None:
    """One of the two is None, the other is not."""

def assert_is_divisible(numerator: Any, denominator: Any, /) -> None:
    """A number is a multiple of another."""

def assert_not_both_none(first: Any, second: Any, /) -> None:
    """One of the two is not None."""

def assert_rank(inputs: Any, expected_ranks: Any, /) -> None:
    """Each array has its number of axes, or one of a set, or all have the one number."""

def assert_same_structure(first: Any, second: Any, check_types: Any = ...) -> None:
    """Raises unless two structures have the same branches."""

def assert_scalar(x: Any, /) -> None:
    """A value is a number or an array without axes."""

def assert_scalar_in(x: Any, min_: Any, max_: Any, /, *, included: Any = ...) -> None:
    """A number lies in a range."""

def assert_scalar_non_negative(x: Any, /) -> None:
    """A number is not less than 0."""

def assert_scalar_positive(x: Any, /) -> None:
    """A number is greater than 0."""

def assert_shape(inputs: Any, expected_shapes: Any, /) -> None:
    """Each array has its shape, or all have the one shape."""

def assert_type(inputs: Any, expected_types: Any, /) -> None:
    """Each array has its dtype, or all have the one."""

def assign(x: Any, value: Any, /) -> Any:
    """Write value into x, broadcast and cast; what cannot be written comes back as a new array."""

def associative_scan(fn: Any, elems: Any, /, *, reverse: Any = ..., axis: Any = ...) -> Any:
    """All prefixes of the elements along an axis, combined by an associative function."""

def astype(x: Any, dtype: Any, /, *, copy: Any = ...) -> Any:
    """Cast to a dtype."""

def astype_like(x: Any, other: Any, /) -> Any:
    """Cast to the dtype of another array."""

def atan(x: Any, /) -> Any:
    """Inverse tangent."""

def atan2(x1: Any, x2: Any, /) -> Any:
    """Angle of the point (x2, x1)."""

def atanh(x: Any, /) -> Any:
    """Inverse hyperbolic tangent."""

def atleast_1d(x: Any, /) -> Any:
    """View with at least one axis."""

def atleast_2d(x: Any, /) -> Any:
    """View with at least two axes; new ones come first."""

def atleast_3d(x: Any, /) -> Any:
    """View with at least three axes: n becomes (1, n, 1), (m, n) becomes (m, n, 1)."""

def average(x: Any, /, *, axis: Any = ..., weights: Any = ..., keepdims: Any = ...) -> Any:
    """Weighted mean."""

def avg_pool1d(input: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., ceil_mode: Any = ..., count_include_pad: Any = ...) -> Any:
    """Means of windows over the last axis."""

def avg_pool2d(input: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., ceil_mode: Any = ..., count_include_pad: Any = ..., divisor_override: Any = ...) -> Any:
    """Means of windows over the last two axes."""

def avg_pool3d(input: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., ceil_mode: Any = ..., count_include_pad: Any = ..., divisor_override: Any = ...) -> Any:
    """Means of windows over the last three axes."""

def avg_pool_last(input: Any, ksize: Any, strides: Any, padding: Any, /, data_format: Any = ...) -> Any:
    """The mean of each window of channels-last arrays; padding is left out."""

def band_part(x: Any, num_lower: Any, num_upper: Any, /) -> Any:
    """Matrices with zeros outside a band around the diagonal; a negative width keeps that side."""

def bartlett(M: Any, /) -> Any:
    """Triangular window that is zero at both ends, float64."""

def bartlett_window(M: Any, /) -> Any:
    """Triangular window of float32."""

def batch_dot(x1: Any, x2: Any, /, *, axes: Any = ...) -> Any:
    """The sums of products along an axis of each of two arrays, for each example; one number for each lies in an axis."""

def batch_norm(input: Any, /, running_mean: Any, running_var: Any, weight: Any = ..., bias: Any = ..., training: Any = ..., momentum: Any = ..., eps: Any = ...) -> Any:
    """Normalises each channel (axis 1); in training with the batch's own statistics."""

def batch_normalization(x: Any, mean: Any, variance: Any, /, offset: Any = ..., scale: Any = ..., variance_epsilon: Any = ..., axis: Any = ...) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""

def batched_eye(n_rows: Any, /, *, n_cols: Any = ..., batch_shape: Any = ..., dtype: Any = ...) -> Any:
    """Identity matrices in an array of the shape of a batch; float32 without a dtype."""

def bernoulli(x: Any, /, *, p: Any = ..., generator: Any = ...) -> Any:
    """0 or 1 for each element: 1 with the probability in x, or p everywhere."""

def bernoulli_like(x: Any, /, *, p: Any = ..., generator: Any = ...) -> Any:
    """0 or 1, 1 with probability p, of the shape and dtype of x."""

def bernoulli_logpmf(k: Any, p: Any, loc: Any = ...) -> Any:
    """Logarithm of the probabilities of the Bernoulli distribution."""

def bernoulli_pmf(k: Any, p: Any, loc: Any = ...) -> Any:
    """Probabilities of the Bernoulli distribution."""

def beta_function(a: Any, b: Any) -> Any:
    """The beta function."""

def beta_logpdf(x: Any, a: Any, b: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the beta distribution."""

def beta_pdf(x: Any, a: Any, b: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the beta distribution."""

def betaln(a: Any, b: Any) -> Any:
    """Logarithm of the beta function."""

def bias_add(value: Any, bias: Any, /, data_format: Any = ...) -> Any:
    """The bias added to the channels."""

def bilinear(input1: Any, input2: Any, weight: Any, /, bias: Any = ...) -> Any:
    """x1 @ weight[k] @ x2 for each k; weight has shape (out, in1, in2)."""

def binary_accuracy(y_true: Any, y_pred: Any, /, threshold: Any = ...) -> Any:
    """Where predictions above the threshold agree with the labels."""

def binary_cross_entropy(input: Any, target: Any, /, weight: Any = ..., reduction: Any = ...) -> Any:
    """Cross-entropy of probabilities with targets in [0, 1]; logarithms are at least -100."""

def binary_cross_entropy_with_logits(input: Any, target: Any, /, weight: Any = ..., reduction: Any = ..., pos_weight: Any = ...) -> Any:
    """Cross-entropy of logits with targets in [0, 1]; pos_weight scales the positive part."""

def binary_crossentropy(y_true: Any, y_pred: Any, /, from_logits: Any = ..., label_smoothing: Any = ..., axis: Any = ...) -> Any:
    """Mean of the binary cross-entropy along an axis, of probabilities or logits."""

def binary_crossentropy_elements(target: Any, output: Any, /, from_logits: Any = ...) -> Any:
    """Binary cross-entropy of each element, of probabilities or logits."""

def binary_focal_crossentropy(y_true: Any, y_pred: Any, /, apply_class_balancing: Any = ..., alpha: Any = ..., gamma: Any = ..., from_logits: Any = ..., label_smoothing: Any = ..., axis: Any = ...) -> Any:
    """Mean of the binary cross-entropy along an axis, weighted by (1 - p) ** gamma."""

def bincount(x: Any, /, *, weights: Any = ..., minlength: Any = ...) -> Any:
    """How often each non-negative integer occurs, or the sum of its weights."""

def binom_logpmf(k: Any, n: Any, p: Any, loc: Any = ...) -> Any:
    """Logarithm of the probabilities of the binomial distribution."""

def binom_pmf(k: Any, n: Any, p: Any, loc: Any = ...) -> Any:
    """Probabilities of the binomial distribution."""

def bitcast(x: Any, dtype: Any, /) -> Any:
    """Read the same bytes as another dtype; the last axis grows or shrinks when the item sizes differ."""

def bitwise_and(x1: Any, x2: Any, /) -> Any:
    """Elementwise bitwise and."""

def bitwise_left_shift(x1: Any, x2: Any, /) -> Any:
    """Bits shifted left."""

def bitwise_not(x: Any, /) -> Any:
    """Elementwise bit inversion."""

def bitwise_or(x1: Any, x2: Any, /) -> Any:
    """Elementwise bitwise or."""

def bitwise_right_shift(x1: Any, x2: Any, /) -> Any:
    """Bits shifted right."""

def bitwise_xor(x1: Any, x2: Any, /) -> Any:
    """Elementwise bitwise xor."""

def blackman(M: Any, /) -> Any:
    """Symmetric Blackman window, float64."""

def blackman_window(M: Any, /) -> Any:
    """Blackman window of float32."""

def block(arrays: Any, /) -> Any:
    """Nested lists of arrays put together, the innermost along the last axis."""

def block_diag(arrays: Any, /) -> Any:
    """Block-diagonal matrix of the given matrices; vectors are rows."""

def boolean_mask(x: Any, mask: Any, /, *, axis: Any = ...) -> Any:
    """The elements or slices where the mask is true, along the axes from axis on."""

def branch(condition: Any, true_fn: Any, false_fn: Any, /) -> Any:
    """What the first function gives if the condition holds, else the second."""

def broadcast_arrays(arrays: Any, /) -> Any:
    """Broadcast arrays against one another."""

def broadcast_in_dim(x: Any, shape: Any, dimensions: Any, /) -> Any:
    """x broadcast to a shape, its axes standing at the given ones."""

def broadcast_leading(x: Any, sizes: Any, /) -> Any:
    """x repeated along new leading axes."""

def broadcast_shapes(shapes: Any, /) -> Any:
    """Shape of the result of broadcasting the given shapes."""

def broadcast_static_shapes(shape: Any, other: Any, /) -> Any:
    """The shape that two shapes are broadcast to."""

def broadcast_to(x: Any, shape: Any, /) -> Any:
    """Broadcast to exactly this shape."""

def broadcasted_iota(dtype: Any, shape: Any, axis: Any, /) -> Any:
    """An array that counts along one of its axes."""

def bucketize(x: Any, boundaries: Any, /, *, right: Any = ...) -> Any:
    """Index of the bucket between sorted boundaries of each element; right puts a boundary into the next one."""

def calculate_gain(nonlinearity: Any, param: Any = ...) -> builtins.float:
    """Recommended gain of a nonlinearity; param is the slope of "leaky_relu"."""

def cartesian_prod(arrays: Any, /) -> Any:
    """All combinations of the elements of 1-D arrays, one per row; the last varies fastest."""

def cast(x: Any, dtype: Any, /) -> Any:
    """x in a dtype that may be given by its name."""

def categorical_accuracy(y_true: Any, y_pred: Any, /) -> Any:
    """Where the largest prediction is the right class of one-hot targets."""

def categorical_crossentropy(y_true: Any, y_pred: Any, /, from_logits: Any = ..., label_smoothing: Any = ..., axis: Any = ...) -> Any:
    """Cross-entropy along an axis of one-hot targets, of probabilities or logits."""

def categorical_focal_crossentropy(y_true: Any, y_pred: Any, /, alpha: Any = ..., gamma: Any = ..., from_logits: Any = ..., label_smoothing: Any = ..., axis: Any = ...) -> Any:
    """Cross-entropy along an axis, weighted by alpha * (1 - p) ** gamma."""

def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, /, q: Any) -> Any:
    """(1 - p ** q) / q of the probability of each class, given as an index."""

def categorical_hinge(y_true: Any, y_pred: Any, /) -> Any:
    """How far the best wrong class comes within 1 of the right one."""

def cauchy_cdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Distribution function of the Cauchy distribution."""

def cauchy_logpdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the Cauchy distribution."""

def cauchy_pdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the Cauchy distribution."""

def cbrt(x: Any, /) -> Any:
    """Cube root."""

def cdist(x1: Any, x2: Any, /, *, p: Any = ...) -> Any:
    """p-norm distances between the rows of x1 and of x2, batched."""

def ceil(x: Any, /) -> Any:
    """Smallest integer not below x."""

def celu(input: Any, /, alpha: Any = ...) -> Any:
    """Identity above zero, alpha * (exp(x / alpha) - 1) below."""

def center_crop(image: Any, size: Any) -> Any:
    """The middle of an image."""

def central_crop(image: Any, central_fraction: Any, /) -> Any:
    """The middle of images."""

def channel_shuffle(input: Any, /, groups: Any) -> Any:
    """Interleaves the channels (axis 1) of groups groups."""

def check_compatible_shapes(shape: Any, other: Any, /) -> None:
    """Raises unless two shapes may be the same."""

def check_finite(x: Any, message: Any = ..., /) -> None:
    """Raises unless all elements are finite."""

def check_near(x1: Any, x2: Any, /, rtol: Any = ..., atol: Any = ..., message: Any = ...) -> None:
    """Raises unless the elements of two arrays are near each other."""

def check_rank(x: Any, rank: Any, /, message: Any = ...) -> None:
    """Raises unless x has so many axes."""

def check_relation(x1: Any, x2: Any, /, relation: Any = ..., message: Any = ...) -> None:
    """Raises unless a relation holds for all elements."""

def checkpoint(function: Any, args: Any, /) -> Any:
    """Call function with these arguments; results inside may be computed again for the gradient."""

def chi2_logpdf(x: Any, df: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the chi-squared distribution."""

def chi2_pdf(x: Any, df: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the chi-squared distribution."""

def cho_factor(x: Any, /, lower: Any = ...) -> Any:
    """The Cholesky factor of positive definite matrices and whether it is the lower one."""

def cho_solve(factor: Any, x: Any, /) -> Any:
    """Solution of A @ y = x, given what cho_factor made of A."""

def cholesky(x: Any, /, *, upper: Any = ...) -> Any:
    """Cholesky factor of a positive definite matrix."""

def cholesky_ex(x: Any, /, *, upper: Any = ...) -> Any:
    """(factor, error codes) as cholesky gives it; where a matrix is not positive definite the code is not 0."""

def cholesky_inverse(factor: Any, /, *, upper: Any = ...) -> Any:
    """Inverse of A given the Cholesky factor of A."""

def cholesky_solve(x: Any, factor: Any, /, *, upper: Any = ...) -> Any:
    """Solution of A @ y = x given the Cholesky factor of A."""

def choose(index: Any, choices: Any, /) -> Any:
    """From the array whose number index states, element by element."""

def chunk(x: Any, chunks: Any, /, *, axis: Any = ...) -> Any:
    """Split into at most this many pieces of equal size; the last may be smaller."""

def circle_loss(y_true: Any, y_pred: Any, /, ref_labels: Any = ..., ref_embeddings: Any = ..., remove_diagonal: Any = ..., gamma: Any = ..., margin: Any = ...) -> Any:
    """Circle loss of embeddings of length one and their classes."""

def clip(x: Any, /, min: Any = ..., max: Any = ...) -> Any:
    """Values limited to [min, max]; max wins where min > max."""

def clip_by_global_norm(arrays: Any, clip_norm: Any, /, *, use_norm: Any = ...) -> Any:
    """Arrays, scaled down together to a Euclidean length if they are longer, and their length."""

def clip_by_norm(x: Any, clip_norm: Any, /, *, axes: Any = ...) -> Any:
    """x, scaled down to a Euclidean length where it is longer."""

def clone(x: Any, /) -> Any:
    """Copy of the array."""

def collapse(x: Any, start: Any, stop: Any = ..., /) -> Any:
    """x with the axes from start to before stop merged into one."""

def column_stack(arrays: Any, /) -> Any:
    """Join along axis 1; arrays of at most one axis become columns."""

def combinations(x: Any, /, *, r: Any = ..., with_replacement: Any = ...) -> Any:
    """All combinations of r elements of a 1-D array, one per row, in index order."""

def complex(real: Any, imag: Any, /) -> Any:
    """Complex array of real and imaginary parts."""

def compress(condition: Any, x: Any, /, *, axis: Any = ...) -> Any:
    """The slices along the axis at which the condition holds; of the flattened array when there is no axis."""

def concat(arrays: Any, /, *, axis: Any = ...) -> Any:
    """Join along an existing axis."""

def concat_parts(parts: Any, /) -> Any:
    """Numbers, sequences and vectors in one vector."""

def condition_number(x: Any, /, *, p: Any = ...) -> Any:
    """Condition number of matrices: the ratio of the largest singular value to the smallest, or by another norm."""

def conditional(pred: Any, true_fun: Any, false_fun: Any, /, *operands: Any) -> Any:
    """One of two functions applied to the operands."""

def conditional_with(pred: Any, true_fun: Any, false_fun: Any, operand: Any, /) -> Any:
    """One of two functions applied to one operand."""

def confusion_matrix(labels: Any, predictions: Any, /, *, num_classes: Any = ..., weights: Any = ..., dtype: Any = ...) -> Any:
    """How often each label was predicted as each class, or the sum of weights."""

def conj(x: Any, /) -> Any:
    """Complex conjugate."""

def constant_(tensor: Any, /, val: Any) -> Any:
    """Fills with one value."""

def constant_of(value: Any, /, *, dtype: Any = ..., shape: Any = ...) -> Any:
    """The value as an array, repeated or laid out to fill a shape."""

def conv1d(input: Any, weight: Any, /, bias: Any = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: Any = ...) -> Any:
    """1-D convolution of (N, C, L) with a kernel of shape (O, C / groups, k)."""

def conv2d(input: Any, weight: Any, /, bias: Any = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: Any = ...) -> Any:
    """2-D convolution of (N, C, H, W) with a kernel of shape (O, C / groups, kh, kw)."""

def conv3d(input: Any, weight: Any, /, bias: Any = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: Any = ...) -> Any:
    """3-D convolution of (N, C, D, H, W) with a kernel of shape (O, C / groups, kd, kh, kw)."""

def conv_general(lhs: Any, rhs: Any, /, window_strides: Any, padding: Any, *, lhs_dilation: Any = ..., rhs_dilation: Any = ..., dimension_numbers: Any = ..., feature_group_count: Any = ...) -> Any:
    """Convolution with explicit padding or 'SAME', 'SAME_LOWER', 'VALID', dilated input and kernel, any order of axes."""

def conv_patches(lhs: Any, filter_shape: Any, window_strides: Any, padding: Any, /, lhs_dilation: Any = ..., rhs_dilation: Any = ..., dimension_numbers: Any = ...) -> Any:
    """The elements of each window as channels, those of one channel next to each other."""

def conv_transpose1d(input: Any, weight: Any, /, bias: Any = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: Any = ..., dilation: Any = ...) -> Any:
    """1-D transposed convolution; the kernel has shape (C, O / groups, k)."""

def conv_transpose2d(input: Any, weight: Any, /, bias: Any = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: Any = ..., dilation: Any = ...) -> Any:
    """2-D transposed convolution; the kernel has shape (C, O / groups, kh, kw)."""

def conv_transpose3d(input: Any, weight: Any, /, bias: Any = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: Any = ..., dilation: Any = ...) -> Any:
    """3-D transposed convolution; the kernel has shape (C, O / groups, kd, kh, kw)."""

def convert_image_dtype(image: Any, dtype: Any, /, saturate: Any = ...) -> Any:
    """Images in another dtype; integers stand for fractions of the largest one of their dtype."""

def convolution(input: Any, filters: Any, /, strides: Any = ..., padding: Any = ..., data_format: Any = ..., dilations: Any = ...) -> Any:
    """Convolution of channels-last arrays, filters laid out as window, input channels, output channels."""

def convolve(x1: Any, x2: Any, /, *, mode: Any = ...) -> Any:
    """Discrete convolution of two vectors."""

def copy_from(x: Any, source: Any, /) -> Any:
    """The values of source, broadcast to the shape and cast to the dtype of x."""

def copysign(x1: Any, x2: Any, /) -> Any:
    """Magnitude of x1 with the sign of x2."""

def corrcoef(x: Any, /) -> Any:
    """Correlation matrix of the rows."""

def corrcoef_pair(x: Any, y: Any, /) -> Any:
    """Correlation matrix of the variables in the rows of x and then of y."""

def correlate(x1: Any, x2: Any, /, *, mode: Any = ...) -> Any:
    """Cross-correlation of two vectors, the second conjugated."""

def cos(x: Any, /) -> Any:
    """Cosine."""

def cosh(x: Any, /) -> Any:
    """Hyperbolic cosine."""

def cosine_embedding_loss(input1: Any, input2: Any, target: Any, /, margin: Any = ..., reduction: Any = ...) -> Any:
    """1 - cosine for target 1, cosine above margin for target -1, over the last axis."""

def cosine_similarity(x1: Any, x2: Any, /, dim: Any = ..., eps: Any = ...) -> Any:
    """Cosine of the angle between the vectors along dim of two broadcastable arrays."""

def cosine_similarity_loss(y_true: Any, y_pred: Any, /, axis: Any = ...) -> Any:
    """Minus the cosine of the angle between the vectors along an axis."""

def count_nonzero(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Number of non-zero elements."""

def cov(x: Any, /, *, correction: Any = ...) -> Any:
    """Covariance matrix of the rows."""

def cov_columns(x: Any, /, *, correction: Any = ...) -> Any:
    """Covariance matrix of the columns."""

def cov_pair(x: Any, y: Any, /, *, correction: Any = ...) -> Any:
    """Covariance matrix of the variables in the rows of x and then of y."""

def crop_image(image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any, /) -> Any:
    """A part of images."""

def crop_images(images: Any, /, top_cropping: Any = ..., left_cropping: Any = ..., bottom_cropping: Any = ..., right_cropping: Any = ..., target_height: Any = ..., target_width: Any = ..., data_format: Any = ...) -> Any:
    """A part of images; of what is cut on both sides and the size of each axis two are given."""

def cropped_image(image: Any, top: Any, left: Any, height: Any, width: Any) -> Any:
    """The part of an image that begins at a row and a column."""

def cross(x1: Any, x2: Any, /, *, axis: Any = ...) -> Any:
    """Cross product of 3-vectors along an axis."""

def cross_entropy(input: Any, target: Any, /, weight: Any = ..., ignore_index: Any = ..., reduction: Any = ..., label_smoothing: Any = ...) -> Any:
    """Cross-entropy of logits (N, C, ...) with class indices (N, ...) or probabilities."""

def cross_first_axis(x1: Any, x2: Any, /) -> Any:
    """Cross product of 3-vectors along the first axis of length 3."""

def ctc(y_true: Any, y_pred: Any, /) -> Any:
    """The CTC loss of labels (batch, length), padded with 0, which is the blank, and logits (batch, time, classes)."""

def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, /, blank: Any = ..., reduction: Any = ..., zero_infinity: Any = ...) -> Any:
    """-log of the probability that (time, batch, classes) give the targets, with blanks and repetitions left out."""

def cummax(x: Any, axis: Any, /) -> Any:
    """Cumulative maximum and its last index along an axis, as a named tuple (values, indices)."""

def cummin(x: Any, axis: Any, /) -> Any:
    """Cumulative minimum and its last index along an axis, as a named tuple (values, indices)."""

def cumprod(x: Any, /, *, axis: Any = ..., dtype: Any = ...) -> Any:
    """Cumulative product along an axis, of the flattened array without one."""

def cumsum(x: Any, /, *, axis: Any = ..., dtype: Any = ...) -> Any:
    """Cumulative sum along an axis, of the flattened array without one."""

def cumulative_max(x: Any, /, *, axis: Any = ...) -> Any:
    """Largest element so far along an axis."""

def cumulative_min(x: Any, /, *, axis: Any = ...) -> Any:
    """Smallest element so far along an axis."""

def cumulative_prod(x: Any, /, *, axis: Any = ..., exclusive: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative product along an axis, from the end when reversed; exclusive leaves out the element itself."""

def cumulative_sum(x: Any, /, *, axis: Any = ..., exclusive: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative sum along an axis, from the end when reversed; exclusive leaves out the element itself."""

def custom_jvp(fun: Any, /, *, nondiff_argnums: Any = ...) -> Any:
    """A function with a rule for its derivative in forward mode."""

def custom_vjp(fun: Any, /, *, nondiff_argnums: Any = ...) -> Any:
    """A function with a rule for its derivative in reverse mode."""

def deg2rad(x: Any, /) -> Any:
    """Degrees to radians."""

def delete(x: Any, index: Any, /, *, axis: Any = ...) -> Any:
    """x without the slices at an index, a slice, a list of indices or a mask."""

def dense_grid(parts: Any, /) -> Any:
    """The coordinates of the points of a grid, stacked; of a single axis the axis itself."""

def depth_to_space(input: Any, block_size: Any, /, data_format: Any = ...) -> Any:
    """Channels as blocks of pixels."""

def depthwise_convolution(input: Any, filter: Any, /, strides: Any = ..., padding: Any = ..., data_format: Any = ..., dilations: Any = ...) -> Any:
    """Convolution of each channel with its own filters."""

def det(x: Any, /) -> Any:
    """Determinant."""

def device_get(tree: Any, /) -> Any:
    """A tree with its arrays as numpy.ndarray."""

def device_of(x: Any, /) -> Any:
    """Where the array is stored."""

def device_type(x: Any, /) -> builtins.str:
    """What sort of device an array is stored on, or a device is: 'cpu', 'cuda', ..."""

def diag(x: Any, /, *, k: Any = ...) -> Any:
    """Diagonal of a matrix, or the matrix with the vector as its diagonal."""

def diag_embed(x: Any, /, *, offset: Any = ..., dim1: Any = ..., dim2: Any = ...) -> Any:
    """Matrices with the last axis as their diagonal."""

def diag_indices(n: Any, ndim: Any = ..., /) -> Any:
    """The indices of the main diagonal of an array of equal sides."""

def diag_indices_from(x: Any, /) -> Any:
    """Indices of the main diagonal of an array, one array an axis."""

def diagflat(x: Any, /, *, k: Any = ...) -> Any:
    """Matrix with the flattened array on a diagonal."""

def diagonal(x: Any, /, *, offset: Any = ..., axis1: Any = ..., axis2: Any = ...) -> Any:
    """Diagonals of the two axes, as the last axis."""

def diagonal_scatter(x: Any, src: Any, /, *, offset: Any = ..., axis1: Any = ..., axis2: Any = ...) -> Any:
    """Replace the diagonals of the two axes by src."""

def dice_loss(y_true: Any, y_pred: Any, /, axis: Any = ...) -> Any:
    """1 minus twice the overlap divided by the total."""

def diff(x: Any, /, *, n: Any = ..., axis: Any = ..., prepend: Any = ..., append: Any = ...) -> Any:
    """Differences of neighbours along an axis."""

def digamma(x: Any, /) -> Any:
    """Derivative of lgamma."""

def digitize(x: Any, bins: Any, /, *, right: Any = ...) -> Any:
    """The number of the bin of each element; the bins are monotonic, and closed on the left unless right is true."""

def dirac_(tensor: Any, /, groups: Any = ...) -> Any:
    """Fills a convolution kernel (out, in, *kernel) so that it keeps its input channels."""

def dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    """Logarithm of the density of the Dirichlet distribution of vectors (n,) or of columns (n, ...)."""

def dist(x1: Any, x2: Any, /, *, p: Any = ...) -> Any:
    """p-norm of x1 - x2."""

def divergence(p: Any, q: Any) -> Any:
    """Kullback-Leibler divergence of one distribution from another of the same class."""

def divide(x1: Any, x2: Any, /) -> Any:
    """True quotient."""

def divide_no_nan(x1: Any, x2: Any, /) -> Any:
    """x1 / x2, and 0 where x2 is 0."""

def dot(x1: Any, x2: Any, /) -> Any:
    """Inner product of two vectors."""

def dot_general(x1: Any, x2: Any, /, dimension_numbers: Any) -> Any:
    """Contraction over pairs of axes, batched over others: ((contracted, contracted), (batched, batched))."""

def draw_beta(shape: Any, alpha: Any, beta: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Beta distributed numbers."""

def draw_binomial(shape: Any, counts: Any, probabilities: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """How many of a number of trials succeed."""

def draw_classes(logits: Any, num_samples: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Classes with the log-probabilities along the last axis; int32 without a dtype."""

def draw_gamma(shape: Any, alpha: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Gamma distributed numbers of scale 1."""

def draw_integers(shape: Any, minval: Any, maxval: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Whole numbers in [minval, maxval); int32 without a dtype."""

def draw_normal(shape: Any, /, *, mean: Any = ..., stddev: Any = ..., dtype: Any = ..., generator: Any = ...) -> Any:
    """Normally distributed numbers."""

def draw_shuffled(x: Any, /, axis: Any = ..., *, generator: Any = ...) -> Any:
    """The parts of x along an axis in a random order."""

def draw_truncated_normal(shape: Any, /, *, mean: Any = ..., stddev: Any = ..., dtype: Any = ..., generator: Any = ...) -> Any:
    """Normally distributed numbers within two standard deviations of the mean."""

def draw_uniform(shape: Any, /, *, minval: Any = ..., maxval: Any = ..., dtype: Any = ..., generator: Any = ...) -> Any:
    """Numbers in [minval, maxval)."""

def dropout(input: Any, /, p: Any = ..., training: Any = ...) -> Any:
    """Zeros elements with probability p and scales the rest; the input itself in inference."""

def dropout1d(input: Any, /, p: Any = ..., training: Any = ...) -> Any:
    """Dropout of whole channels of (N, C, L) or (C, L)."""

def dropout2d(input: Any, /, p: Any = ..., training: Any = ...) -> Any:
    """Dropout of whole channels (axis 1) of (N, C, H, W)."""

def dropout3d(input: Any, /, p: Any = ..., training: Any = ...) -> Any:
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W)."""

def dstack(arrays: Any, /) -> Any:
    """Join along axis 2, after making every array at least 3-D."""

def dtype_char(x: Any, /) -> builtins.str:
    """NumPy's character of a dtype, such as 'f' or 'd'."""

def dtype_itemsize(x: Any, /) -> builtins.int:
    """Bytes of an element."""

def dtype_kind(x: Any, /) -> builtins.str:
    """NumPy's character of the kind of a dtype: one of 'biufc'."""

def dtype_max(x: Any, /) -> Any:
    """The largest number of a dtype."""

def dtype_min(x: Any, /) -> Any:
    """The smallest number of a dtype."""

def dtype_name(x: Any, /) -> builtins.str:
    """The name of the dtype."""

def dtype_type(x: Any, /) -> Any:
    """What makes an array of a dtype when it is called: the dtype itself."""

def dynamic_index_in_dim(x: Any, index: Any, /, axis: Any = ..., keepdims: Any = ...) -> Any:
    """The slice at an index, which is clamped, along an axis."""

def dynamic_partition(x: Any, partitions: Any, num_partitions: Any, /) -> Any:
    """The elements of x with the number of each part, in their order."""

def dynamic_shape(x: Any, /) -> Any:
    """The lengths of the axes."""

def dynamic_slice(x: Any, start_indices: Any, slice_sizes: Any, /) -> Any:
    """A block of x; the start is clamped so that the block lies inside."""

def dynamic_slice_in_dim(x: Any, start_index: Any, slice_size: Any, /, axis: Any = ...) -> Any:
    """A block along an axis; the start is clamped so that the block lies inside."""

def dynamic_stitch(places: Any, parts: Any, /) -> Any:
    """The elements of several arrays, each at its index; of equal indices the last one counts."""

def dynamic_update_index_in_dim(x: Any, update: Any, index: Any, axis: Any, /) -> Any:
    """x with the slice at an index, which is clamped, along an axis replaced."""

def dynamic_update_slice(x: Any, update: Any, start_indices: Any, /) -> Any:
    """x with a block replaced; the start is clamped so that the block lies inside."""

def dynamic_update_slice_in_dim(x: Any, update: Any, start_index: Any, axis: Any, /) -> Any:
    """x with a block along an axis replaced; the start is clamped so that the block lies inside."""

def ediff1d(x: Any, /) -> Any:
    """Differences of neighbours in the flattened array."""

def eig(x: Any, /) -> Any:
    """Complex eigenvalues and eigenvectors of a square matrix."""

def eigh(x: Any, /) -> Any:
    """Eigenvalues (ascending) and eigenvectors of a symmetric or Hermitian matrix."""

def eigvals(x: Any, /) -> Any:
    """Complex eigenvalues of a square matrix."""

def eigvalsh(x: Any, /) -> Any:
    """Eigenvalues (ascending) of a symmetric or Hermitian matrix."""

def einsum(equation: Any, /, *operands: Any) -> Any:
    """Einstein summation."""

def element_size(x: Any, /) -> builtins.int:
    """Bytes per element."""

def elu(input: Any, /, alpha: Any = ...) -> Any:
    """Identity above zero, alpha * (exp(x) - 1) below."""

def embedding(input: Any, weight: Any, /, padding_idx: Any = ..., max_norm: Any = ..., norm_type: Any = ..., scale_grad_by_freq: Any = ..., sparse: Any = ...) -> Any:
    """Rows of weight at integer positions; the row padding_idx gets no gradient."""

def embedding_bag(input: Any, weight: Any, /, offsets: Any = ..., max_norm: Any = ..., norm_type: Any = ..., scale_grad_by_freq: Any = ..., mode: Any = ..., sparse: Any = ..., per_sample_weights: Any = ..., include_last_offset: Any = ..., padding_idx: Any = ...) -> Any:
    """Sum, mean or maximum of the rows of weight for each bag of integer positions."""

def empty(shape: Any, /, *, dtype: Any = ...) -> Any:
    """Array of the shape with arbitrary contents. float32 without a dtype."""

def empty_like(x: Any, /, *, dtype: Any = ...) -> Any:
    """Array of the shape of x with arbitrary contents. dtype of x without a dtype."""

def entr(x: Any, /) -> Any:
    """-x log(x), 0 at 0, -inf below."""

def equal(x1: Any, x2: Any, /) -> Any:
    """x1 == x2."""

def erf(x: Any, /) -> Any:
    """Error function."""

def erfc(x: Any, /) -> Any:
    """1 - erf(x)."""

def erfinv(x: Any, /) -> Any:
    """Inverse of erf."""

def eval_shape(fun: Any, /, *args: Any) -> Any:
    """Shapes and dtypes of what a function gives."""

def exp(x: Any, /) -> Any:
    """e to the power x."""

def exp2(x: Any, /) -> Any:
    """2 to the power x."""

def expand(x: Any, shape: Any, /) -> Any:
    """Broadcast to this shape; -1 keeps the size of an existing axis."""

def expand_as(x: Any, other: Any, /) -> Any:
    """Broadcast to the shape of another array."""

def expand_dims(x: Any, /, *, axis: Any) -> Any:
    """Insert an axis of size 1."""

def expit(x: Any, /) -> Any:
    """Logistic function 1 / (1 + exp(-x))."""

def expm1(x: Any, /) -> Any:
    """exp(x) - 1, accurate near 0."""

def expon_logpdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the exponential distribution."""

def expon_pdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the exponential distribution."""

def exponential_like(x: Any, /, *, rate: Any = ..., generator: Any = ...) -> Any:
    """Exponential numbers of the shape and dtype of x."""

def extract(condition: Any, x: Any, /) -> Any:
    """The elements at which the condition holds."""

def extract_patches(images: Any, size: Any, /, strides: Any = ..., dilation_rate: Any = ..., padding: Any = ..., data_format: Any = ...) -> Any:
    """Patches of images, flattened into the channels."""

def eye(n_rows: Any, n_cols: Any = ..., /, *, dtype: Any = ...) -> Any:
    """Identity matrix; float32 without a dtype."""

def eye_(tensor: Any, /) -> Any:
    """Fills a matrix with the identity."""

def eye_diagonal(n_rows: Any, n_cols: Any = ..., /, *, k: Any = ..., dtype: Any = ...) -> Any:
    """Ones on a diagonal, zeros elsewhere."""

def factorial(n: Any) -> Any:
    """The factorial as a float, 0 for negative numbers."""

def feature_alpha_dropout(input: Any, /, p: Any = ..., training: Any = ...) -> Any:
    """Alpha dropout of whole channels (axis 1)."""

def fft(x: Any, /, *, n: Any = ..., axis: Any = ..., norm: Any = ...) -> Any:
    """Discrete Fourier transform along one axis."""

def fft2(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """fft over two axes."""

def fft2_parts(parts: Any, /) -> Any:
    """fft2 of the last two axes; numbers are pairs of their parts."""

def fft_parts(parts: Any, /) -> Any:
    """fft of the last axis; numbers are pairs of their real and imaginary parts."""

def fftfreq(n: Any, /, *, d: Any = ...) -> Any:
    """Sample frequencies of fft."""

def fftfreq_wide(n: Any, /, *, d: Any = ...) -> Any:
    """Frequencies of the discrete Fourier transform, float64 where that is the default."""

def fftn(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """fft over several axes, all by default."""

def fftshift(x: Any, /, *, axes: Any = ...) -> Any:
    """Zero frequency moved to the centre."""

def fill_diagonal(x: Any, value: Any, /) -> Any:
    """Replace the main diagonal of a matrix by a number."""

def finfo(dtype: Any, /) -> Any:
    """Limits of a floating point type: eps, max, min, tiny, bits."""

def flat_dot(x1: Any, x2: Any, /) -> Any:
    """Sum of the products of all elements of two arrays."""

def flatnonzero(x: Any, /) -> Any:
    """Indices of the elements of the flattened array that are not zero."""

def flatten(x: Any, /, *, start_axis: Any = ..., end_axis: Any = ...) -> Any:
    """Merge the axes from start_axis to end_axis into one."""

def flatten_structure(structure: Any, /) -> Any:
    """The leaves of lists, tuples and dictionaries; None is one."""

def flip(x: Any, /, *, axis: Any = ...) -> Any:
    """Reverse the order along the given axes."""

def flip_left_right(image: Any, /) -> Any:
    """Images with the columns in the opposite order."""

def flip_up_down(image: Any, /) -> Any:
    """Images with the rows in the opposite order."""

def fliplr(x: Any, /) -> Any:
    """Reverse axis 1."""

def flipud(x: Any, /) -> Any:
    """Reverse axis 0."""

def float_power(x1: Any, x2: Any, /) -> Any:
    """x1 to the power x2 in float64."""

def floor(x: Any, /) -> Any:
    """Largest integer not above x."""

def floor_divide(x1: Any, x2: Any, /) -> Any:
    """Quotient rounded down."""

def fmax(x1: Any, x2: Any, /) -> Any:
    """Elementwise maximum that ignores NaN."""

def fmin(x1: Any, x2: Any, /) -> Any:
    """Elementwise minimum that ignores NaN."""

def fmod(x1: Any, x2: Any, /) -> Any:
    """Remainder with the dividend's sign."""

def fold(input: Any, /, output_size: Any, kernel_size: Any, dilation: Any = ..., padding: Any = ..., stride: Any = ...) -> Any:
    """Sums columns (N, C * kh * kw, blocks) back into an image (N, C, *output_size)."""

def fold_elements(function: Any, elems: Any, /, *, initializer: Any = ...) -> Any:
    """A function applied to the result so far and each element."""

def fori_loop(lower: Any, upper: Any, body_fun: Any, init_val: Any, /) -> Any:
    """A value carried through body_fun(i, value) for each i in a range."""

def frac(x: Any, /) -> Any:
    """Fractional part, with the sign of x."""

def frame_signal(signal: Any, frame_length: Any, frame_step: Any, /, pad_end: Any = ..., pad_value: Any = ..., axis: Any = ...) -> Any:
    """Overlapping frames of a signal along an axis."""

def frexp(x: Any, /) -> Any:
    """Mantissa in [0.5, 1) and power of two."""

def frobenius_norm(x: Any, /, *, p: Any = ..., axis: Any = ..., keepdims: Any = ...) -> Any:
    """Square root of the sum of squares over the given axes."""

def from_numpy(x: Any, /) -> Any:
    """The NumPy array as an array of the framework."""

def fromfunction(function: Any, shape: Any, /) -> Any:
    """A function of the coordinates, called once with an array for each axis."""

def full(shape: Any, fill_value: Any, /, *, dtype: Any = ...) -> Any:
    """Array of one value; without a dtype int64, float32 or bool by the value."""

def full_like(x: Any, fill_value: Any, /, *, dtype: Any = ...) -> Any:
    """Array of one value of the shape of x."""

def full_of_value(shape: Any, fill_value: Any, /) -> Any:
    """An array filled with a number or array of which the dtype is taken."""

def full_wide(shape: Any, fill_value: Any, /) -> Any:
    """Array of one value: a Python float makes it float64."""

def functional_call(module: Any, parameters: Any, args: Any = ..., kwargs: Any = ...) -> Any:
    """What a module computes with other parameters and buffers, which are given by their names."""

def gamma_function(x: Any) -> Any:
    """The gamma function."""

def gamma_logpdf(x: Any, a: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the gamma distribution."""

def gamma_pdf(x: Any, a: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the gamma distribution."""

def gammainc(x1: Any, x2: Any, /) -> Any:
    """Regularised lower incomplete gamma function."""

def gammaincc(x1: Any, x2: Any, /) -> Any:
    """Regularised upper incomplete gamma function."""

def gather(x: Any, axis: Any, index: Any, /) -> Any:
    """Pick values along one axis at each position of index, which may be smaller than x elsewhere."""

def gather_batched(params: Any, indices: Any, /, *, axis: Any = ..., batch_dims: Any = ...) -> Any:
    """The slices at the indices along an axis, where the first axes of both belong together."""

def gather_nd(params: Any, indices: Any, /, *, batch_dims: Any = ...) -> Any:
    """The elements or slices at coordinates, which the last axis of indices holds."""

def gaussian_blur(images: Any, /, kernel_size: Any = ..., sigma: Any = ..., data_format: Any = ...) -> Any:
    """Images blurred with a Gaussian window."""

def gaussian_nll_loss(input: Any, target: Any, var: Any, /, full: Any = ..., eps: Any = ..., reduction: Any = ...) -> Any:
    """Negative log-likelihood under normal distributions of variance at least eps."""

def gcd(x1: Any, x2: Any, /) -> Any:
    """Greatest common divisor."""

def gelu(input: Any, /, approximate: Any = ...) -> Any:
    """Gaussian error linear unit; approximate is "none" (erf) or "tanh"."""

def geom_logpmf(k: Any, p: Any, loc: Any = ...) -> Any:
    """Logarithm of the probabilities of the geometric distribution."""

def geom_pmf(k: Any, p: Any, loc: Any = ...) -> Any:
    """Probabilities of the geometric distribution."""

def geometric_space(start: Any, stop: Any, /, num: Any = ..., *, endpoint: Any = ..., dtype: Any = ..., axis: Any = ...) -> Any:
    """Numbers with equal ratios from start to stop, which have the same sign; float32 without a dtype."""

def geomspace(start: Any, stop: Any, num: Any = ..., /) -> Any:
    """Numbers with equal ratios, both ends included, float64."""

def get_custom_objects() -> Any:
    """The registry of objects that saved models name."""

def get_default_dtype() -> Any:
    """The dtype of new floating point arrays."""

def get_ema_avg_fn(decay: Any = ...) -> Any:
    """A function of an average, a weight and a count: the exponential moving average."""

def get_ema_multi_avg_fn(decay: Any = ...) -> Any:
    """A function that takes weights into their exponential moving averages."""

def get_item(x: Any, key: Any, /) -> Any:
    """The part of an array that a key names."""

def getitem(x: Any, key: Any, /) -> Any:
    """x[key] with index arrays, masks and their mixtures."""

def global_norm(arrays: Any, /) -> Any:
    """The Euclidean length of all arrays together."""

def glu(input: Any, /, dim: Any = ...) -> Any:
    """First half along dim times the sigmoid of the second half."""

def grad(fun: Any, /, *, argnums: Any = ..., has_aux: Any = ...) -> Any:
    """The function that gives the gradient of a function."""

def grad_of(x: Any, /) -> Any:
    """Accumulated gradient of an array."""

def gradient(x: Any, /, *spacing: Any, axis: Any = ...) -> Any:
    """Central differences inside and one-sided ones at the ends, per axis; a list when there are several axes."""

def gradient_of_inputs(outputs: Any, inputs: Any, grad_outputs: Any = ..., *, create_graph: Any = ..., allow_unused: Any = ..., materialize_grads: Any = ...) -> Any:
    """Gradients of outputs with respect to the arrays that they were computed of."""

def grayscale_to_rgb(images: Any, /) -> Any:
    """Three equal channels."""

def greater(x1: Any, x2: Any, /) -> Any:
    """x1 > x2."""

def greater_equal(x1: Any, x2: Any, /) -> Any:
    """x1 >= x2."""

def grid_sample(input: Any, grid: Any, /, mode: Any = ..., padding_mode: Any = ..., align_corners: Any = ...) -> Any:
    """Samples (N, C, *S) at grid positions (N, *O, n), last axis (x, y[, z]) in [-1, 1]."""

def group_norm(input: Any, /, num_groups: Any, weight: Any = ..., bias: Any = ..., eps: Any = ...) -> Any:
    """Normalises groups of channels (axis 1) of each sample."""

def gumbel_softmax(logits: Any, /, tau: Any = ..., hard: Any = ..., eps: Any = ..., dim: Any = ...) -> Any:
    """Sample of the relaxed categorical distribution; one-hot with soft gradients if hard."""

def half_squared_sum(x: Any, /) -> Any:
    """Half of the sum of squares."""

def hamming(M: Any, /) -> Any:
    """Symmetric Hamming window, float64."""

def hamming_window(window_length: Any, /, periodic: Any = ...) -> Any:
    """Raised cosine window that does not reach zero."""

def hann_window(window_length: Any, /, periodic: Any = ...) -> Any:
    """Raised cosine window."""

def hanning(M: Any, /) -> Any:
    """Symmetric Hann window, float64."""

def hardshrink(input: Any, /, lambd: Any = ...) -> Any:
    """Sets elements within lambd of zero to zero."""

def hardsigmoid(input: Any, /) -> Any:
    """relu6(x + 3) / 6."""

def hardswish(input: Any, /) -> Any:
    """x * relu6(x + 3) / 6."""

def hardtanh(input: Any, /, min_val: Any = ..., max_val: Any = ...) -> Any:
    """Elements limited to [min_val, max_val]; the gradient is zero at both bounds."""

def heaviside(x1: Any, x2: Any, /) -> Any:
    """0, x2 or 1 for x1 below, at or above 0."""

def hessian(fun: Any, /, *, argnums: Any = ...) -> Any:
    """The function that gives the second derivatives of a function."""

def hessian_at(fun: Any, inputs: Any, /, create_graph: Any = ...) -> Any:
    """The second derivatives of a function of one array or of a tuple of them, at these."""

def hfft(x: Any, /, *, n: Any = ..., axis: Any = ..., norm: Any = ...) -> Any:
    """fft of a signal with Hermitian symmetry, a real array."""

def hflip(img: Any) -> Any:
    """An image with its columns reversed."""

def hinge(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of max(1 - y_true * y_pred, 0) along the last axis."""

def hinge_embedding_loss(input: Any, target: Any, /, margin: Any = ..., reduction: Any = ...) -> Any:
    """The distance itself for target 1, what it lacks to margin for target -1."""

def histc(x: Any, /, *, bins: Any = ..., min: Any = ..., max: Any = ...) -> Any:
    """Counts in equal bins between min and max; equal limits mean those of the data."""

def histogram(x: Any, /, bins: Any = ..., range: Any = ..., *, density: Any = ..., weights: Any = ...) -> Any:
    """Counts (or densities) in bins, whose last is closed on both sides, and the edges of the bins."""

def histogram_of_floats(x: Any, /, bins: Any = ..., range: Any = ...) -> Any:
    """Counts in bins of equal width, in the dtype of x, and the edges of the bins."""

def hsplit(x: Any, sections: Any, /) -> Any:
    """Parts along the second axis, along the first of a vector: so many equal ones, or cut at these places."""

def hstack(arrays: Any, /) -> Any:
    """Join along axis 1, or axis 0 for 1-D arrays."""

def hsv_to_rgb(images: Any, /) -> Any:
    """RGB images of hue, saturation and value."""

def huber(y_true: Any, y_pred: Any, /, delta: Any = ...) -> Any:
    """Mean along the last axis of squares of small errors and absolute values of large ones."""

def huber_loss(input: Any, target: Any, /, reduction: Any = ..., delta: Any = ..., weight: Any = ...) -> Any:
    """Half squared differences up to delta, then linear."""

def hypot(x1: Any, x2: Any, /) -> Any:
    """sqrt(x1**2 + x2**2)."""

def i0(x: Any, /) -> Any:
    """Modified Bessel function of order 0."""

def i0e(x: Any, /) -> Any:
    """exp(-|x|) i0(x)."""

def i1(x: Any, /) -> Any:
    """Modified Bessel function of order 1."""

def i1e(x: Any, /) -> Any:
    """exp(-|x|) i1(x)."""

def ifft(x: Any, /, *, n: Any = ..., axis: Any = ..., norm: Any = ...) -> Any:
    """Inverse of fft."""

def ifft2(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """ifft over two axes."""

def ifft2_parts(parts: Any, /) -> Any:
    """ifft2 of the last two axes; numbers are pairs of their parts."""

def ifftn(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """ifft over several axes, all by default."""

def ifftshift(x: Any, /, *, axes: Any = ...) -> Any:
    """Inverse of fftshift."""

def ihfft(x: Any, /, *, n: Any = ..., axis: Any = ..., norm: Any = ...) -> Any:
    """Inverse of hfft."""

def iinfo(dtype: Any, /) -> Any:
    """Limits of an integer type: max, min, bits."""

def imag(x: Any, /) -> Any:
    """Imaginary part."""

def image_gradients(image: Any, /) -> Any:
    """Differences to the next row and to the next column, 0 at the end."""

def image_patches(images: Any, sizes: Any, /, strides: Any, rates: Any, padding: Any) -> Any:
    """Patches of images, flattened into the channels; sizes are those of four axes."""

def image_transpose(image: Any, /) -> Any:
    """Images with rows and columns swapped."""

def in_top_k(targets: Any, predictions: Any, /, k: Any) -> Any:
    """Whether each target class is among the k largest predictions."""

def index_add(x: Any, axis: Any, index: Any, source: Any, /, *, alpha: Any = ...) -> Any:
    """Add alpha * source to the slices of x along axis that index names; repeated ones accumulate."""

def index_copy(x: Any, axis: Any, index: Any, source: Any, /) -> Any:
    """Replace the slices of x along axis that index names by those of source."""

def index_fill(x: Any, axis: Any, index: Any, value: Any, /) -> Any:
    """Fill the slices of x along axis that index names with a number."""

def index_put(x: Any, indices: Any, values: Any, /, *, accumulate: Any = ...) -> Any:
    """Write values at integer or boolean index arrays, one per leading axis, or add them there."""

def index_select(x: Any, axis: Any, index: Any, /) -> Any:
    """The slices along axis that a 1-D index names."""

def indices(dimensions: Any, /) -> Any:
    """The coordinates of a grid, one array per axis, stacked."""

def init_constant(value: Any) -> Any:
    """An initialiser that fills with a value."""

def init_normal(stddev: Any = ...) -> Any:
    """An initialiser that draws normal numbers."""

def init_ones(key: Any, shape: Any, dtype: Any = ...) -> Any:
    """Ones; the key is not used."""

def init_orthogonal(scale: Any = ..., column_axis: Any = ...) -> Any:
    """An initialiser of matrices with orthogonal rows or columns."""

def init_truncated_normal(stddev: Any = ...) -> Any:
    """An initialiser that draws normal numbers within two standard deviations."""

def init_uniform(scale: Any = ...) -> Any:
    """An initialiser that draws uniform numbers in [0, scale)."""

def init_variance_scaling(scale: Any, mode: Any, distribution: Any, in_axis: Any = ..., out_axis: Any = ...) -> Any:
    """An initialiser whose variance depends on the number of inputs and outputs."""

def init_zeros(key: Any, shape: Any, dtype: Any = ...) -> Any:
    """Zeros; the key is not used."""

def inner(x1: Any, x2: Any, /) -> Any:
    """Sum of products over the last axes."""

def insert(x: Any, index: Any, values: Any, /, *, axis: Any = ...) -> Any:
    """x with values put before an index."""

def instance_norm(input: Any, /, running_mean: Any = ..., running_var: Any = ..., weight: Any = ..., bias: Any = ..., use_input_stats: Any = ..., momentum: Any = ..., eps: Any = ...) -> Any:
    """Normalises each channel of each sample over its spatial axes."""

def integer_mean(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Mean of integers as an integer, rounded towards zero."""

def integer_norm(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Euclidean length of integers as an integer, rounded towards zero."""

def integers_like(x: Any, high: Any, /, *, low: Any = ..., generator: Any = ...) -> Any:
    """Whole numbers in [low, high) of the shape and dtype of x."""

def interp(x: Any, xp: Any, fp: Any, /, *, left: Any = ..., right: Any = ...) -> Any:
    """Values at x of the line through the points (xp, fp); xp increases. Beyond the ends left and right, else the end values."""

def interpolate(input: Any, /, size: Any = ..., scale_factor: Any = ..., mode: Any = ..., align_corners: Any = ..., recompute_scale_factor: Any = ..., antialias: Any = ...) -> Any:
    """Resizes the spatial axes of (N, C, ...) to size or by scale_factor."""

def intersect1d(x1: Any, x2: Any, /) -> Any:
    """The sorted values that are in both arrays."""

def inv(x: Any, /) -> Any:
    """Inverse matrix."""

def inv_ex(x: Any, /) -> Any:
    """Inverse matrix and, instead of an error, a status that is non-zero for a singular matrix."""

def iota(dtype: Any, size: Any, /) -> Any:
    """The numbers from 0 to before size."""

def irfft(x: Any, /, *, n: Any = ..., axis: Any = ..., norm: Any = ...) -> Any:
    """Inverse of rfft."""

def irfft2(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """irfft over two axes."""

def irfft_parts(parts: Any, /, fft_length: Any = ...) -> Any:
    """irfft of the last axis; numbers are pairs of their parts."""

def irfftn(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """irfft over several axes, all by default."""

def is_array(x: Any, /) -> builtins.bool:
    """Whether the value is an array of the framework."""

def is_complex(x: Any, /) -> builtins.bool:
    """Whether the dtype of the array is complex."""

def is_complex_dtype(x: Any, /) -> builtins.bool:
    """Whether the dtype is complex."""

def is_floating_dtype(x: Any, /) -> builtins.bool:
    """Whether the dtype is a floating point type."""

def is_floating_point(x: Any, /) -> builtins.bool:
    """Whether the dtype of the array is a floating point type."""

def is_grad_enabled() -> builtins.bool:
    """Whether operations are recorded for gradients."""

def is_integer_dtype(x: Any, /) -> builtins.bool:
    """Whether the dtype is one of integers."""

def is_subdtype(dtype: Any, kind: Any, /) -> builtins.bool:
    """Whether a dtype is of a kind, such as 'floating' or 'integer'."""

def is_unsigned_dtype(x: Any, /) -> builtins.bool:
    """Whether the dtype is one of integers without a sign."""

def isclose(x1: Any, x2: Any, /, *, rtol: Any = ..., atol: Any = ..., equal_nan: Any = ...) -> Any:
    """Whether |x1 - x2| <= atol + rtol * |x2|."""

def isfinite(x: Any, /) -> Any:
    """Whether each element is finite."""

def isin(x1: Any, x2: Any, /, *, invert: Any = ...) -> Any:
    """Whether each element of x1 occurs in x2."""

def isinf(x: Any, /) -> Any:
    """Whether each element is infinite."""

def isnan(x: Any, /) -> Any:
    """Whether each element is NaN."""

def isneginf(x: Any, /) -> Any:
    """Whether each element is -infinity."""

def isposinf(x: Any, /) -> Any:
    """Whether each element is +infinity."""

def isreal(x: Any, /) -> Any:
    """Whether each element has no imaginary part."""

def isscalar(x: Any, /) -> builtins.bool:
    """Whether the value is a Python number or string."""

def istft(input: Any, n_fft: Any, /, hop_length: Any = ..., win_length: Any = ..., window: Any = ..., center: Any = ..., normalized: Any = ..., onesided: Any = ..., length: Any = ..., return_complex: Any = ...) -> Any:
    """The signal of which stft gives the spectrum, by weighted overlap and add."""

def istft_parts(parts: Any, sequence_length: Any, sequence_stride: Any, fft_length: Any, /, *, length: Any = ..., window: Any = ..., center: Any = ...) -> Any:
    """The signal whose short-time Fourier transform has the real and imaginary parts given."""

def item(x: Any, /) -> Any:
    """The only element as a Python number."""

def ix_(*arrays: Any) -> Any:
    """Index arrays that pick the cross product of rows and columns."""

def jacobian(fun: Any, /, *, argnums: Any = ...) -> Any:
    """The function that gives the derivatives of all outputs, in reverse mode."""

def jacobian_at(fun: Any, inputs: Any, /, create_graph: Any = ...) -> Any:
    """The derivatives of all outputs of a function of one array or of a tuple of them, at these."""

def jacobian_forward(fun: Any, /, *, argnums: Any = ...) -> Any:
    """The function that gives the derivatives of all outputs, in forward mode."""

def jvp(fun: Any, primals: Any, tangents: Any, /) -> Any:
    """The value of a function and its derivative along the tangents."""

def kaiming_normal_(tensor: Any, /, a: Any = ..., mode: Any = ..., nonlinearity: Any = ..., generator: Any = ...) -> Any:
    """Fills with N(0, std^2) where std = gain / sqrt(fan)."""

def kaiming_uniform_(tensor: Any, /, a: Any = ..., mode: Any = ..., nonlinearity: Any = ..., generator: Any = ...) -> Any:
    """Fills with U(-b, b) where b = gain * sqrt(3 / fan)."""

def kaiser(M: Any, beta: Any, /) -> Any:
    """Symmetric Kaiser window, float64."""

def kaiser_window(M: Any, beta: Any, /) -> Any:
    """Kaiser window of float32."""

def keystr(keys: Any, /, *, simple: Any = ..., separator: Any = ...) -> builtins.str:
    """The keys on the way to a leaf as text."""

def kl_div(input: Any, target: Any, /, reduction: Any = ..., log_target: Any = ...) -> Any:
    """Kullback-Leibler divergence of log-probabilities input from target."""

def kl_divergence(y_true: Any, y_pred: Any, /) -> Any:
    """Sum of y_true * log(y_true / y_pred) along the last axis."""

def kron(x1: Any, x2: Any, /) -> Any:
    """Kronecker product."""

def kthvalue(x: Any, k: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """The k-th smallest value (from 1) along an axis and its index."""

def kullback_leibler(p: Any, q: Any) -> Any:
    """p * log(p / q) - p + q, with the limits at 0."""

def l1_loss(input: Any, target: Any, /, reduction: Any = ..., weight: Any = ...) -> Any:
    """Absolute differences."""

def l2_normalize(x: Any, /, *, axis: Any = ..., epsilon: Any = ...) -> Any:
    """x divided by its Euclidean length along the axes."""

def laplace_cdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Distribution function of the Laplace distribution."""

def laplace_logpdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the Laplace distribution."""

def laplace_pdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the Laplace distribution."""

def lax_div(x1: Any, x2: Any, /) -> Any:
    """The quotient; of integers, rounded towards zero."""

def lax_pad(x: Any, value: Any, config: Any, /) -> Any:
    """Each axis with (before, after, between) elements of a value; negative ones are cut off."""

def lax_slice(x: Any, start_indices: Any, limit_indices: Any, strides: Any = ..., /) -> Any:
    """A block of x."""

def layer_norm(input: Any, /, normalized_shape: Any, weight: Any = ..., bias: Any = ..., eps: Any = ...) -> Any:
    """Normalises over the trailing axes, whose shape is normalized_shape."""

def layer_normalization(x: Any, /, gamma: Any = ..., beta: Any = ..., *, axis: Any = ..., epsilon: Any = ...) -> Any:
    """x with mean 0 and variance 1 along the axes, times gamma, plus beta."""

def lcm(x1: Any, x2: Any, /) -> Any:
    """Least common multiple."""

def ldexp(x1: Any, x2: Any, /) -> Any:
    """x1 * 2**x2."""

def leaky_relu(input: Any, /, negative_slope: Any = ...) -> Any:
    """Identity above zero, negative_slope * x at and below it."""

def least_squares(x1: Any, x2: Any, /, *, rcond: Any = ...) -> Any:
    """Least squares by singular values: the solution, residuals (empty without full rank), the rank and the singular values."""

def lerp(x1: Any, x2: Any, weight: Any, /) -> Any:
    """x1 + weight * (x2 - x1)."""

def less(x1: Any, x2: Any, /) -> Any:
    """x1 < x2."""

def less_equal(x1: Any, x2: Any, /) -> Any:
    """x1 <= x2."""

def lexsort(keys: Any, /) -> Any:
    """Indices that sort by several keys, the last of which counts most."""

def lgamma(x: Any, /) -> Any:
    """Logarithm of |gamma(x)|."""

def linear(input: Any, weight: Any, /, bias: Any = ...) -> Any:
    """input @ weight.T + bias for a weight of shape (out_features, in_features)."""

def linearize(fun: Any, /, *primals: Any) -> Any:
    """The value of a function and the function from tangents of the arguments to the derivative along them."""

def linspace(start: Any, stop: Any, num: Any, /, *, dtype: Any = ...) -> Any:
    """Evenly spaced values from start to stop, both included; float32 without a dtype."""

def linspace_along(start: Any, stop: Any, num: Any, /, *, endpoint: Any = ..., dtype: Any = ..., axis: Any = ...) -> Any:
    """Evenly spaced numbers between the elements of two arrays, along a new axis."""

def linspace_open(start: Any, stop: Any, num: Any, /, *, dtype: Any = ...) -> Any:
    """Evenly spaced numbers without the end."""

def load_library(path: Any, /) -> None:
    """Load compiled operators of PyTorch, which raises OSError where they cannot be loaded."""

def local_response_norm(input: Any, /, size: Any, alpha: Any = ..., beta: Any = ..., k: Any = ...) -> Any:
    """Divides by a power of the mean square over size neighbouring channels (axis 1)."""

def local_response_normalization(input: Any, /, depth_radius: Any = ..., bias: Any = ..., alpha: Any = ..., beta: Any = ...) -> Any:
    """Each value divided by a power of the sum of squares over neighbouring channels."""

def log(x: Any, /) -> Any:
    """Natural logarithm."""

def log10(x: Any, /) -> Any:
    """Logarithm to base 10."""

def log1p(x: Any, /) -> Any:
    """log(1 + x), accurate near 0."""

def log2(x: Any, /) -> Any:
    """Logarithm to base 2."""

def log_cosh(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of log(cosh(error)) along the last axis."""

def log_ndtr(x: Any, /) -> Any:
    """Logarithm of ndtr."""

def log_softmax(input: Any, /, dim: Any = ..., dtype: Any = ...) -> Any:
    """Logarithm of the softmax along dim, computed in dtype when given."""

def log_softmax_where(x: Any, /, *, axis: Any = ..., where: Any = ...) -> Any:
    """Logarithm of the softmax of the picked elements over one or more axes (all with None); -inf for the others."""

def logaddexp(x1: Any, x2: Any, /) -> Any:
    """log(exp(x1) + exp(x2))."""

def logaddexp2(x1: Any, x2: Any, /) -> Any:
    """log2(2**x1 + 2**x2)."""

def logcumsumexp(x: Any, axis: Any, /) -> Any:
    """Cumulative logsumexp along an axis."""

def logdet(x: Any, /) -> Any:
    """Logarithm of the determinant."""

def logical_and(x1: Any, x2: Any, /) -> Any:
    """Elementwise and of truth values; non-zero counts as true."""

def logical_not(x: Any, /) -> Any:
    """Elementwise not; non-zero counts as true."""

def logical_or(x1: Any, x2: Any, /) -> Any:
    """Elementwise or of truth values; non-zero counts as true."""

def logical_xor(x1: Any, x2: Any, /) -> Any:
    """Elementwise xor of truth values; non-zero counts as true."""

def logistic_cdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Distribution function of the logistic distribution."""

def logistic_logpdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the logistic distribution."""

def logistic_pdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the logistic distribution."""

def logit(x: Any, /, *, eps: Any = ...) -> Any:
    """log(x / (1 - x)); with eps, x is clipped to [eps, 1 - eps] first."""

def logits_ctc_loss(labels: Any, logits: Any, label_length: Any, logit_length: Any, /, *, time_major: Any = ..., blank: Any = ...) -> Any:
    """-log of the probability that logits of the steps (time, batch, classes) give the labels (batch, length), with blanks and repetitions left out (CTC)."""

def logsigmoid(input: Any, /) -> Any:
    """Logarithm of the logistic function."""

def logspace(start: Any, stop: Any, num: Any, /, *, base: Any = ..., dtype: Any = ...) -> Any:
    """base ** linspace(start, stop, num); float32 without a dtype."""

def logsumexp(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """log(sum(exp(x))) over the given axes, without overflow."""

def loop_while(condition: Any, body: Any, loop_vars: Any, /, *, maximum_iterations: Any = ...) -> Any:
    """The values after the body was applied while the condition held."""

def lower_median(x: Any, /) -> Any:
    """Median of all elements: the lower of the two middle values."""

def lower_median_with_indices(x: Any, axis: Any, /, *, keepdims: Any = ...) -> Any:
    """Median along an axis (the lower of the two middle values) and its index, as a named tuple."""

def lower_nanmedian(x: Any, /) -> Any:
    """Median of all elements: the lower of the two middle values, NaN ignored."""

def lower_nanmedian_with_indices(x: Any, axis: Any, /, *, keepdims: Any = ...) -> Any:
    """Median along an axis (the lower of the two middle values, NaN ignored) and its index, as a named tuple."""

def lp_pool1d(input: Any, /, norm_type: Any, kernel_size: Any, stride: Any = ..., ceil_mode: Any = ...) -> Any:
    """p-norms of windows over the last axis."""

def lp_pool2d(input: Any, /, norm_type: Any, kernel_size: Any, stride: Any = ..., ceil_mode: Any = ...) -> Any:
    """p-norms of windows over the last two axes."""

def lp_pool3d(input: Any, /, norm_type: Any, kernel_size: Any, stride: Any = ..., ceil_mode: Any = ...) -> Any:
    """p-norms of windows over the last three axes."""

def lstsq(x1: Any, x2: Any, /) -> Any:
    """Least squares solution of x1 @ y = x2: (solution, residuals, rank, singular values)."""

def lstsq_solution(x1: Any, x2: Any, /) -> Any:
    """The shortest least squares solution of x1 @ y = x2."""

def make_generator() -> Any:
    """A source of random numbers of its own, seeded from entropy."""

def make_grid(tensor: Any, nrow: Any = ..., padding: Any = ..., normalize: Any = ..., value_range: Any = ..., scale_each: Any = ..., pad_value: Any = ...) -> Any:
    """Images beside and below each other in one."""

def manual_seed(seed: Any, /) -> Any:
    """Seed the process-wide source of random numbers."""

def map_coordinates(inputs: Any, coordinates: Any, order: Any, /, fill_mode: Any = ..., fill_value: Any = ...) -> Any:
    """Values at coordinates, the nearest or between neighbours."""

def map_elements(function: Any, elems: Any, /) -> Any:
    """The results of a function for each element along the first axis."""

def map_leading(f: Any, xs: Any, /) -> Any:
    """A function of each element along the leading axis, the results stacked."""

def map_structure(function: Any, /, *structures: Any) -> Any:
    """A structure of what a function gives for the leaves; None is one."""

def mapped_dataclass(cls: Any = ..., /, *, frozen: Any = ...) -> Any:
    """A dataclass whose objects are nodes of trees and mappings of their fields."""

def margin_ranking_loss(input1: Any, input2: Any, target: Any, /, margin: Any = ..., reduction: Any = ...) -> Any:
    """What target * (x1 - x2) lacks to margin."""

def masked_all(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., where: Any = ...) -> Any:
    """Whether all picked elements are true."""

def masked_any(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., where: Any = ...) -> Any:
    """Whether any picked element is true."""

def masked_fill(x: Any, mask: Any, value: Any, /) -> Any:
    """Replace elements where mask is true by one value, in the dtype of x."""

def masked_max(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., initial: Any = ..., where: Any = ...) -> Any:
    """Largest of the picked elements and the initial value."""

def masked_mean(x: Any, /, *, axis: Any = ..., dtype: Any = ..., keepdims: Any = ..., where: Any = ...) -> Any:
    """Mean of the picked elements, NaN where there are none."""

def masked_min(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., initial: Any = ..., where: Any = ...) -> Any:
    """Smallest of the picked elements and the initial value."""

def masked_prod(x: Any, /, *, axis: Any = ..., dtype: Any = ..., keepdims: Any = ..., initial: Any = ..., where: Any = ...) -> Any:
    """Product of the picked elements and the initial value."""

def masked_scatter(x: Any, mask: Any, source: Any, /) -> Any:
    """Fill the positions where mask is true with the elements of source, in order."""

def masked_select(x: Any, mask: Any, /) -> Any:
    """The elements where mask is true, in one axis; x and mask broadcast."""

def masked_std(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ..., where: Any = ...) -> Any:
    """Standard deviation of the picked elements; the divisor is their number - correction."""

def masked_sum(x: Any, /, *, axis: Any = ..., dtype: Any = ..., keepdims: Any = ..., initial: Any = ..., where: Any = ...) -> Any:
    """Sum of the picked elements and the initial value."""

def masked_var(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ..., where: Any = ...) -> Any:
    """Variance of the picked elements; the divisor is their number - correction."""

def matmul(x1: Any, x2: Any, /) -> Any:
    """Matrix product, batched over leading axes; 1-D arguments are vectors."""

def matmul_transposed(x1: Any, x2: Any, /) -> Any:
    """The transposed x1 times the transposed x2."""

def matmul_transposed_first(x1: Any, x2: Any, /) -> Any:
    """The transposed x1 times x2."""

def matmul_transposed_second(x1: Any, x2: Any, /) -> Any:
    """x1 times the transposed x2."""

def matrix_exp(x: Any, /) -> Any:
    """Matrix exponential."""

def matrix_norm(x: Any, /, *, ord: Any = ..., axis: Any = ..., keepdims: Any = ...) -> Any:
    """Norm of matrices."""

def matrix_power(x: Any, n: Any, /) -> Any:
    """x multiplied n times by itself."""

def matrix_rank(x: Any, /) -> Any:
    """Rank by singular values."""

def matrix_transpose(x: Any, /) -> Any:
    """Last two axes swapped."""

def matvec(x1: Any, x2: Any, /) -> Any:
    """Matrices times vectors."""

def max(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Largest element over the given axes; NaN propagates."""

def max_pool1d(input: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """Maxima of windows over the last axis."""

def max_pool2d(input: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """Maxima of windows over the last two axes."""

def max_pool3d(input: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: Any = ..., return_indices: Any = ...) -> Any:
    """Maxima of windows over the last three axes."""

def max_pool_last(input: Any, ksize: Any, strides: Any, padding: Any, /, data_format: Any = ...) -> Any:
    """The largest value of each window of channels-last arrays."""

def max_unpool1d(input: Any, indices: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., output_size: Any = ...) -> Any:
    """Partial inverse of max_pool1d with indices."""

def max_unpool2d(input: Any, indices: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., output_size: Any = ...) -> Any:
    """Partial inverse of max_pool2d with indices."""

def max_unpool3d(input: Any, indices: Any, /, kernel_size: Any, stride: Any = ..., padding: Any = ..., output_size: Any = ...) -> Any:
    """Partial inverse of max_pool3d with indices."""

def max_with_indices(x: Any, axis: Any, /, *, keepdims: Any = ...) -> Any:
    """(maximum, its first index) along one axis, as a named tuple (values, indices)."""

def maximum(x1: Any, x2: Any, /) -> Any:
    """Elementwise maximum; NaN propagates."""

def maximum_at(x: Any, index: Any, values: Any, /) -> Any:
    """x with the larger of element and value at an index."""

def mean(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., dtype: Any = ...) -> Any:
    """Arithmetic mean over the given axes."""

def mean_absolute_error(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of the absolute differences along the last axis."""

def mean_absolute_percentage_error(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of the absolute differences in percent of the true values."""

def mean_squared_error(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of the squared differences along the last axis."""

def mean_squared_logarithmic_error(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of the squared differences of log(1 + y)."""

def median(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Median; the mean of the two middle values for an even count."""

def meshgrid(*arrays: Any, indexing: Any = ...) -> Any:
    """Coordinate arrays of the grid spanned by vectors."""

def meshgrid_list(arrays: Any, /, *, indexing: Any = ...) -> Any:
    """meshgrid of a list of vectors."""

def min(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Smallest element over the given axes; NaN propagates."""

def min_with_indices(x: Any, axis: Any, /, *, keepdims: Any = ...) -> Any:
    """(minimum, its first index) along one axis, as a named tuple (values, indices)."""

def minimum(x1: Any, x2: Any, /) -> Any:
    """Elementwise minimum; NaN propagates."""

def minimum_at(x: Any, index: Any, values: Any, /) -> Any:
    """x with the smaller of element and value at an index."""

def minmax(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Named tuple (min, max) over the given axis."""

def mish(input: Any, /) -> Any:
    """x * tanh(softplus(x))."""

def mode(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Most frequent value along an axis (the smallest of several) and an index of it, as a named tuple."""

def moments(x: Any, axes: Any, /, *, keepdims: Any = ...) -> Any:
    """Mean and variance along the axes."""

def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """Move axes to new positions; the others keep their order."""

def mse_loss(input: Any, target: Any, /, reduction: Any = ..., weight: Any = ...) -> Any:
    """Squared differences."""

def msort(x: Any, /) -> Any:
    """Sort along the first axis."""

def multi_dot(arrays: Any, /) -> Any:
    """Matrix product of a list."""

def multi_hot(indices: Any, num_classes: Any, /, *, axis: Any = ..., dtype: Any = ...) -> Any:
    """1 for each class among the indices, along the second axis of them where there are several axes."""

def multi_margin_loss(input: Any, target: Any, /, p: Any = ..., margin: Any = ..., weight: Any = ..., reduction: Any = ...) -> Any:
    """Sum over wrong classes of how little the right one leads, over the number of classes."""

def multilabel_soft_margin_loss(input: Any, target: Any, /, weight: Any = ..., reduction: Any = ...) -> Any:
    """Mean over classes (last axis) of the binary cross-entropies of the logits."""

def multinomial(x: Any, num_samples: Any, /, *, replacement: Any = ..., generator: Any = ...) -> Any:
    """Indices drawn along the last axis with the weights in x."""

def multiply(x1: Any, x2: Any, /) -> Any:
    """Product."""

def multiply_at(x: Any, index: Any, values: Any, /) -> Any:
    """x with elements multiplied by the values at an index; each repetition of an index counts."""

def multiply_no_nan(x1: Any, x2: Any, /) -> Any:
    """x1 * x2, and 0 where x2 is 0."""

def multiply_outer(x1: Any, x2: Any, /) -> Any:
    """The product of every element of x1 with every element of x2."""

def multivariate_normal_logpdf(x: Any, mean: Any, cov: Any) -> Any:
    """Logarithm of the density of the normal distribution of vectors (..., n), or of numbers where cov is one."""

def multivariate_normal_pdf(x: Any, mean: Any, cov: Any) -> Any:
    """Density of the normal distribution of vectors."""

def mvlgamma(x: Any, p: Any, /) -> Any:
    """Multivariate log-gamma function of dimension p."""

def name_of_dtype(dtype: Any, /) -> builtins.str:
    """The name of a dtype."""

def named_seed(seed: Any = ...) -> Any:
    """What a layer keeps to draw from; draws come from the framework's own generator."""

def nan_to_num(x: Any, /, *, nan: Any = ..., posinf: Any = ..., neginf: Any = ...) -> Any:
    """NaN and infinities replaced by numbers."""

def nanargmax(x: Any, /, *, axis: Any = ...) -> Any:
    """Index of the largest element that is not NaN."""

def nanargmin(x: Any, /, *, axis: Any = ...) -> Any:
    """Index of the smallest element that is not NaN."""

def nancumprod(x: Any, /, *, axis: Any = ...) -> Any:
    """Cumulative product with NaN taken as 1 and infinity as the largest number."""

def nancumsum(x: Any, /, *, axis: Any = ...) -> Any:
    """Running sum with NaN taken for zero."""

def nanmax(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Largest element that is not NaN; NaN where there is none."""

def nanmean(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Mean that ignores NaN."""

def nanmedian(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Median of the elements that are not NaN, the mean of the middle two for an even count."""

def nanmin(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Smallest element that is not NaN; NaN where there is none."""

def nanpercentile(x: Any, q: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Percentiles of the elements that are not NaN, with linear interpolation."""

def nanprod(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Product over the given axes of what is no NaN."""

def nanquantile(x: Any, q: Any, /, *, axis: Any = ..., keepdims: Any = ..., method: Any = ...) -> Any:
    """q-th quantile, NaN ignored."""

def nanstd(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ...) -> Any:
    """Standard deviation of the elements that are not NaN."""

def nansum(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Sum that takes NaN for 0."""

def nanvar(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ...) -> Any:
    """Variance of the elements that are not NaN."""

def narrow(x: Any, axis: Any, start: Any, length: Any, /) -> Any:
    """The slice of this length along axis that begins at start."""

def narrow_scatter(x: Any, src: Any, axis: Any, start: Any, length: Any, /) -> Any:
    """Replace the slice of this length along axis that begins at start by src."""

def narrow_sum(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Sum of integers of 8 or 16 bits in their own dtype, in which it wraps."""

def nbytes(x: Any, /) -> builtins.int:
    """Bytes of all elements."""

def ndenumerate(x: Any, /) -> Any:
    """Pairs of an index and the element there, row by row."""

def ndim(x: Any, /) -> builtins.int:
    """Number of axes."""

def ndindex(*shape: Any) -> Any:
    """The indices of an array of a shape, row by row."""

def ndtr(x: Any, /) -> Any:
    """Distribution function of the standard normal."""

def ndtri(x: Any, /) -> Any:
    """Inverse of ndtr."""

def negative(x: Any, /) -> Any:
    """Elementwise negation."""

def new_empty(x: Any, shape: Any, /, *, dtype: Any = ...) -> Any:
    """Array of the shape with arbitrary contents. dtype of x without a dtype."""

def new_full(x: Any, shape: Any, fill_value: Any, /, *, dtype: Any = ...) -> Any:
    """Array of one value; dtype of x without a dtype."""

def new_ones(x: Any, shape: Any, /, *, dtype: Any = ...) -> Any:
    """Array of ones of the shape. dtype of x without a dtype."""

def new_tensor(x: Any, obj: Any, /, *, dtype: Any = ...) -> Any:
    """Array of the data; dtype of x without a dtype."""

def new_zeros(x: Any, shape: Any, /, *, dtype: Any = ...) -> Any:
    """Array of zeros of the shape. dtype of x without a dtype."""

def nextafter(x1: Any, x2: Any, /) -> Any:
    """Next representable number from x1 toward x2."""

def nll_loss(input: Any, target: Any, /, weight: Any = ..., ignore_index: Any = ..., reduction: Any = ...) -> Any:
    """Negative of the log-probabilities (N, C, ...) at the target classes (N, ...)."""

def non_max_suppression(boxes: Any, scores: Any, size: Any, /, *, iou_threshold: Any = ..., score_threshold: Any = ...) -> Any:
    """The indices of at most size boxes (y1, x1, y2, x2), the best first, that overlap with no better one by more than a share."""

def nonzero(x: Any, /) -> Any:
    """Indices of the elements that are not zero, one array per axis."""

def nonzero_sized(x: Any, size: Any, fill_value: Any = ..., /) -> Any:
    """The first indices of elements that are not zero, one array of a size per axis, filled up with a value (0)."""

def norm(x: Any, /, *, ord: Any = ..., axis: Any = ..., keepdims: Any = ...) -> Any:
    """Vector norm along one axis, matrix norm along two; of the flattened array without order and axes."""

def norm_cdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Distribution function of the normal distribution."""

def norm_isf(q: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Upper quantiles of the normal distribution."""

def norm_logcdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the distribution function of the normal distribution."""

def norm_logpdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the normal distribution."""

def norm_logsf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of one minus the distribution function of the normal distribution."""

def norm_pdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the normal distribution."""

def norm_ppf(q: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Quantiles of the normal distribution."""

def norm_sf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """One minus the distribution function of the normal distribution."""

def normal(mean: Any = ..., std: Any = ..., /, *, shape: Any = ..., dtype: Any = ..., generator: Any = ...) -> Any:
    """Normal numbers; mean and std are numbers or arrays that broadcast."""

def normal_(tensor: Any, /, mean: Any = ..., std: Any = ..., generator: Any = ...) -> Any:
    """Fills with draws from N(mean, std^2)."""

def normal_like(x: Any, /, *, mean: Any = ..., std: Any = ..., generator: Any = ...) -> Any:
    """Normal numbers of the shape and dtype of x."""

def normal_wide(mean: Any = ..., std: Any = ..., /, *, shape: Any = ...) -> Any:
    """Normally distributed numbers, float64 where that is the default."""

def normalize(input: Any, /, p: Any = ..., dim: Any = ..., eps: Any = ...) -> Any:
    """Input divided by its p-norm along dim, the norm being at least eps."""

def normalize_image(tensor: Any, mean: Any, std: Any) -> Any:
    """Images less a mean and divided by a standard deviation, for each channel."""

def not_equal(x1: Any, x2: Any, /) -> Any:
    """x1 != x2."""

def nuclear_norm(x: Any, /, *, p: Any = ..., axis: Any = ..., keepdims: Any = ...) -> Any:
    """Sum of the singular values."""

def numel(x: Any, /) -> builtins.int:
    """Number of elements."""

def numpy_dtype(x: Any, /) -> Any:
    """NumPy's scalar class of a dtype."""

def one_hot(tensor: Any, /, num_classes: Any = ...) -> Any:
    """Integer one-hot code of class indices in a new last axis."""

def one_hot_encode(indices: Any, depth: Any, /, *, on_value: Any = ..., off_value: Any = ..., axis: Any = ..., dtype: Any = ...) -> Any:
    """on_value at each index and off_value elsewhere along a new axis; indices out of range give off_value alone."""

def one_hot_floats(x: Any, num_classes: Any, /, *, dtype: Any = ..., axis: Any = ...) -> Any:
    """1.0 at the index, else 0.0; an index out of range gives zeros."""

def one_hot_of(indices: Any, depth: Any, /, *, on_value: Any, off_value: Any = ..., axis: Any = ...) -> Any:
    """on_value at each index and off_value elsewhere along a new axis, in the dtype of on_value."""

def ones(shape: Any, /, *, dtype: Any = ...) -> Any:
    """Array of ones of the shape. float32 without a dtype."""

def ones_(tensor: Any, /) -> Any:
    """Fills with ones."""

def ones_like(x: Any, /, *, dtype: Any = ...) -> Any:
    """Array of ones of the shape of x. dtype of x without a dtype."""

def open_grid(parts: Any, /) -> Any:
    """The axes of a grid in shapes that broadcast to it; a single axis itself."""

def operation_dtype(*values: Any) -> Any:
    """Type of an operation on arrays, dtypes and Python numbers; of numbers only the category counts."""

def orthogonal_(tensor: Any, /, gain: Any = ..., generator: Any = ...) -> Any:
    """Fills with a (semi-)orthogonal matrix of shape (first axis, all other axes)."""

def outer(x1: Any, x2: Any, /) -> Any:
    """Outer product of two vectors."""

def overlap_and_add(signal: Any, frame_step: Any, /) -> Any:
    """The signal that overlapping frames add up to."""

def pack_padded_sequence(x: Any, lengths: Any, batch_first: Any = ..., enforce_sorted: Any = ...) -> Any:
    """Padded sequences without what is filled up."""

def pack_sequence(sequences: Any, enforce_sorted: Any = ...) -> Any:
    """Sequences of several lengths, packed."""

def pack_structure(structure: Any, leaves: Any, /) -> Any:
    """A structure of the same form with these leaves."""

def pad(input: Any, /, pad: Any, mode: Any = ..., value: Any = ...) -> Any:
    """Pads the last axes; pad lists (before, after) pairs from the last axis backwards."""

def pad_axes(x: Any, pad_width: Any, /, *, mode: Any = ..., constant_values: Any = ...) -> Any:
    """x with so many elements before and after it on each axis: one number, one pair, or a pair per axis."""

def pad_image(image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any, /) -> Any:
    """Images with zeros around them."""

def pad_images(images: Any, /, top_padding: Any = ..., left_padding: Any = ..., bottom_padding: Any = ..., right_padding: Any = ..., target_height: Any = ..., target_width: Any = ..., data_format: Any = ...) -> Any:
    """Images with zeros around them; of the two borders and the size of each axis two are given."""

def pad_packed_sequence(sequence: Any, batch_first: Any = ..., padding_value: Any = ..., total_length: Any = ...) -> Any:
    """Packed sequences, filled up to the longest, and their lengths."""

def pad_sequence(sequences: Any, batch_first: Any = ..., padding_value: Any = ..., padding_side: Any = ...) -> Any:
    """Arrays of several lengths in one, filled up to the longest."""

def padded_image(image: Any, padding: Any, fill: Any = ..., padding_mode: Any = ...) -> Any:
    """An image with more pixels on all sides."""

def pair(value: Any, /) -> Any:
    """A sequence as it is, anything else twice."""

def pairwise_distance(x1: Any, x2: Any, /, p: Any = ..., eps: Any = ..., keepdim: Any = ...) -> Any:
    """p-norm of x1 - x2 + eps along the last axis."""

def parameters_to_vector(parameters: Any) -> Any:
    """All numbers of some parameters in a vector."""

def parametrized_spectral_norm(module: Any, /, name: Any = ..., n_power_iterations: Any = ..., eps: Any = ..., dim: Any = ...) -> Any:
    """A layer whose weight is divided by its largest singular value, with the state of a parametrization."""

def parametrized_weight_norm(module: Any, /, name: Any = ..., dim: Any = ...) -> Any:
    """A layer whose weight is a direction times a length, with the state of a parametrization."""

def pareto_logpdf(x: Any, b: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the Pareto distribution."""

def pareto_pdf(x: Any, b: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the Pareto distribution."""

def pdist(input: Any, /, p: Any = ...) -> Any:
    """p-norm distances between all pairs of rows of an (N, M) array, in row order."""

def percentile(x: Any, q: Any, /, *, axis: Any = ..., keepdims: Any = ..., method: Any = ...) -> Any:
    """Percentiles, interpolated by a method: linear, lower, higher, nearest or midpoint."""

def periodic_blackman(window_length: Any, /, periodic: Any = ..., *, dtype: Any = ...) -> Any:
    """Blackman window; periodic ones leave out the last point of the symmetric window, whatever their length."""

def periodic_hamming(window_length: Any, /, periodic: Any = ..., alpha: Any = ..., beta: Any = ..., *, dtype: Any = ...) -> Any:
    """Hamming window; periodic ones leave out the last point of the symmetric window, whatever their length."""

def periodic_hann(window_length: Any, /, periodic: Any = ..., *, dtype: Any = ...) -> Any:
    """Hann window; periodic ones leave out the last point of the symmetric window, whatever their length."""

def permutation(rows: Any, /) -> Any:
    """The rows of an array, or the integers below a number, in random order."""

def permute_dims(x: Any, axes: Any, /) -> Any:
    """Reorder the axes."""

def pick_by_condition(conditions: Any, choices: Any, default: Any = ..., /) -> Any:
    """Each element from the choice of the first condition that holds, the default where none does."""

def piecewise(x: Any, conditions: Any, functions: Any, /) -> Any:
    """A function, or number, per condition; one more stands for where none holds, else 0."""

def pinv(x: Any, /, *, rtol: Any = ...) -> Any:
    """Moore-Penrose pseudo-inverse."""

def pixel_shuffle(input: Any, /, upscale_factor: Any) -> Any:
    """(..., C * r * r, H, W) to (..., C, H * r, W * r)."""

def pixel_unshuffle(input: Any, /, downscale_factor: Any) -> Any:
    """(..., C, H * r, W * r) to (..., C * r * r, H, W)."""

def poisson(x: Any, /, *, generator: Any = ...) -> Any:
    """Poisson numbers with the rates in x, in the dtype of x."""

def poisson_logpmf(k: Any, mu: Any, loc: Any = ...) -> Any:
    """Logarithm of the probabilities of the Poisson distribution."""

def poisson_loss(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of y_pred - y_true * log(y_pred) along the last axis."""

def poisson_nll_loss(input: Any, target: Any, /, log_input: Any = ..., full: Any = ..., eps: Any = ..., reduction: Any = ...) -> Any:
    """Negative log-likelihood of counts under Poisson rates (or their logarithms)."""

def poisson_pmf(k: Any, mu: Any, loc: Any = ...) -> Any:
    """Probabilities of the Poisson distribution."""

def polar(abs: Any, angle: Any, /) -> Any:
    """Complex array of absolute values and angles."""

def polyfit(x: Any, y: Any, degree: Any, /) -> Any:
    """Coefficients of the polynomial of least squares, highest power first."""

def polygamma(n: Any, x: Any, /) -> Any:
    """n-th derivative of digamma."""

def polyval(coefficients: Any, x: Any, /) -> Any:
    """Value of a polynomial, highest power first."""

def pool(input: Any, window_shape: Any, /, mode: Any, strides: Any = ..., padding: Any = ..., data_format: Any = ...) -> Any:
    """The largest value or the mean of each window of channels-last arrays."""

def positive(x: Any, /) -> Any:
    """The argument itself."""

def pow(x1: Any, x2: Any, /) -> Any:
    """x1 to the power x2."""

def prelu(input: Any, weight: Any, /) -> Any:
    """Leaky ReLU with a learned slope: one for all, or one per channel (axis 1)."""

def prod(x: Any, /, *, axis: Any = ..., dtype: Any = ..., keepdims: Any = ...) -> Any:
    """Product over the given axes."""

def promote_types(type1: Any, type2: Any, /) -> Any:
    """Smallest type that both promote to; a floating point type beats every integer type."""

def psnr(x1: Any, x2: Any, max_val: Any, /) -> Any:
    """Peak signal-to-noise ratio in decibels of each pair of images."""

def ptp(x: Any, /, *, axis: Any = ..., keepdims: Any = ...) -> Any:
    """Largest element less the smallest."""

def put(x: Any, index: Any, source: Any, /, *, accumulate: Any = ...) -> Any:
    """Write source at positions of the flattened array, or add it there."""

def qr(x: Any, /, *, mode: Any = ...) -> Any:
    """QR decomposition."""

def quantile(x: Any, q: Any, /, *, axis: Any = ..., keepdims: Any = ..., method: Any = ...) -> Any:
    """q-th quantile."""

def rad2deg(x: Any, /) -> Any:
    """Radians to degrees."""

def rand(shape: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Uniform numbers in [0, 1); float32 without a dtype."""

def rand_like(x: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Uniform numbers in [0, 1) of the shape of x."""

def randint(high: Any, shape: Any, /, *, low: Any = ..., dtype: Any = ..., generator: Any = ...) -> Any:
    """Whole numbers in [low, high); int64 without a dtype."""

def randint_like(x: Any, high: Any, /, *, low: Any = ..., dtype: Any = ..., generator: Any = ...) -> Any:
    """Whole numbers in [low, high) of the shape of x."""

def randn(shape: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Standard normal numbers; float32 without a dtype."""

def randn_like(x: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """Standard normal numbers of the shape of x."""

def random_bernoulli(key: Any, p: Any = ..., shape: Any = ...) -> Any:
    """True with probability p."""

def random_bits(key: Any, shape: Any = ...) -> Any:
    """32 random bits for each element."""

def random_categorical(key: Any, logits: Any, axis: Any = ..., shape: Any = ...) -> Any:
    """Indices drawn with the log-probabilities along an axis."""

def random_cauchy(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Standard Cauchy numbers."""

def random_choice(key: Any, a: Any, shape: Any = ..., replace: Any = ..., p: Any = ..., axis: Any = ...) -> Any:
    """Elements drawn from an array, or from the numbers below a number."""

def random_exponential(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Exponential numbers of rate 1."""

def random_fold_in(key: Any, data: Any) -> Any:
    """A key that follows from a key and a number."""

def random_gumbel(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Standard Gumbel numbers."""

def random_key(seed: Any) -> Any:
    """The key of a seed."""

def random_laplace(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Laplace numbers of scale 1."""

def random_logistic(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Standard logistic numbers."""

def random_multivariate_normal(key: Any, mean: Any, cov: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Normal numbers of a mean vector and a covariance matrix."""

def random_normal(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Standard normal numbers."""

def random_orthogonal(key: Any, n: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Random orthogonal matrices."""

def random_permutation(key: Any, x: Any, axis: Any = ..., independent: Any = ...) -> Any:
    """The numbers below x, or the slices of x along an axis, in random order."""

def random_rademacher(key: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """-1 or 1, equally likely."""

def random_randint(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any = ...) -> Any:
    """Whole numbers in [minval, maxval)."""

def random_split(key: Any, num: Any = ...) -> Any:
    """Independent keys that follow from one."""

def random_truncated_normal(key: Any, lower: Any, upper: Any, shape: Any = ..., dtype: Any = ...) -> Any:
    """Standard normal numbers between two bounds."""

def random_uniform(key: Any, shape: Any = ..., dtype: Any = ..., minval: Any = ..., maxval: Any = ...) -> Any:
    """Uniform numbers in [minval, maxval)."""

def randperm(n: Any, /, *, dtype: Any = ..., generator: Any = ...) -> Any:
    """A random order of 0 to n - 1; int64 without a dtype."""

def rankdata(x: Any, /, *, method: Any = ..., axis: Any = ...) -> Any:
    """The rank of each value, from 1; ties get the average, least, largest, dense or ordinal rank."""

def ravel(x: Any, /) -> Any:
    """All elements in one axis, last axis fastest."""

def ravel_multi_index(indices: Any, shape: Any, /) -> Any:
    """Index into the flattened array for one index per axis."""

def ravel_tree(tree: Any, /) -> Any:
    """All numbers of a tree in a vector, and the function from such a vector to the tree."""

def real(x: Any, /) -> Any:
    """Real part."""

def reciprocal(x: Any, /) -> Any:
    """1 / x."""

def register_dataclass(cls: Any, /, data_fields: Any = ..., meta_fields: Any = ..., drop_fields: Any = ...) -> Any:
    """Take objects of a dataclass for nodes of trees; meta_fields belong to the structure."""

def register_pytree_node(cls: Any, flatten: Any, unflatten: Any, /) -> None:
    """Take objects of a class for nodes of trees."""

def register_pytree_node_class(cls: Any, /) -> Any:
    """Take objects of a class with tree_flatten and tree_unflatten for nodes of trees."""

def relative_entropy(p: Any, q: Any) -> Any:
    """p * log(p / q), 0 where p is 0, infinite where the logarithm is not defined."""

def relu(input: Any, /) -> Any:
    """Largest of the element and zero."""

def relu6(input: Any, /) -> Any:
    """Elements limited to [0, 6]."""

def remainder(x1: Any, x2: Any, /) -> Any:
    """Remainder with the divisor's sign."""

def remove_weight_norm(module: Any, /, name: Any = ...) -> Any:
    """The layer with its weight as a parameter again."""

def repeat(x: Any, repeats: Any, /, *, axis: Any = ...) -> Any:
    """Repeat each element; without an axis the array is flattened first."""

def repeat_range(repeats: Any, /) -> Any:
    """Each position i, repeats[i] times."""

def repeat_to_length(x: Any, repeats: Any, total_repeat_length: Any, /, *, axis: Any = ...) -> Any:
    """repeat, cut to a length along the axis or filled up to it with the last element."""

def requires_grad(x: Any, /) -> builtins.bool:
    """Whether gradients of this array are recorded."""

def reshape(x: Any, shape: Any, /) -> Any:
    """The same elements in another shape, last axis fastest; one size may be -1."""

def reshape_as(x: Any, other: Any, /) -> Any:
    """Reshape to the shape of another array."""

def reshape_fortran(x: Any, shape: Any, /) -> Any:
    """The same elements in another shape, first axis fastest; one size may be -1."""

def resize(x: Any, shape: Any, /) -> Any:
    """The elements, repeated as often as needed, in another shape."""

def resize_array(x: Any, /, shape: Any, method: Any, antialias: Any = ...) -> Any:
    """An array of another shape, with interpolated elements along the axes whose size differs."""

def resize_image(images: Any, size: Any, /, method: Any = ..., preserve_aspect_ratio: Any = ..., antialias: Any = ...) -> Any:
    """Images (..., height, width, channels) in a new size."""

def resized_image(image: Any, size: Any, interpolation: Any = ..., max_size: Any = ...) -> Any:
    """An image of another size."""

def result_type(x1: Any, x2: Any, /) -> Any:
    """Type of an operation on the two arrays or numbers."""

def reverse_axes(x: Any, /) -> Any:
    """All axes in reverse order."""

def reverse_sequence(x: Any, lengths: Any, /, *, seq_axis: Any = ..., batch_axis: Any = ...) -> Any:
    """x with the first elements along an axis in reverse order, as many as the length of each example."""

def rfft(x: Any, /, *, n: Any = ..., axis: Any = ..., norm: Any = ...) -> Any:
    """fft of a real array, non-negative frequencies only."""

def rfft2(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """rfft over two axes."""

def rfft_parts(x: Any, /, fft_length: Any = ...) -> Any:
    """Real and imaginary part of rfft of the last axis."""

def rfftfreq(n: Any, /, *, d: Any = ...) -> Any:
    """Sample frequencies of rfft."""

def rfftfreq_wide(n: Any, /, *, d: Any = ...) -> Any:
    """Frequencies of the real discrete Fourier transform, float64 where that is the default."""

def rfftn(x: Any, /, *, s: Any = ..., axes: Any = ..., norm: Any = ...) -> Any:
    """rfft over several axes, all by default."""

def rgb_to_grayscale(images: Any, /) -> Any:
    """Luma of RGB images, with one channel."""

def rgb_to_hsv(images: Any, /) -> Any:
    """Hue, saturation and value of RGB images."""

def rms_norm(input: Any, /, normalized_shape: Any, weight: Any = ..., eps: Any = ...) -> Any:
    """Divides by the root mean square over the trailing axes."""

def rms_normalization(x: Any, /, scale: Any = ..., *, axis: Any = ..., epsilon: Any = ...) -> Any:
    """x with mean square 1 along the axes, times scale."""

def roll(x: Any, shift: Any, /, *, axis: Any = ...) -> Any:
    """Shift elements along axes, wrapping around; without an axis over the flattened array."""

def rollaxis(x: Any, axis: Any, start: Any = ..., /) -> Any:
    """x with an axis moved before another."""

def roots(coefficients: Any, /) -> Any:
    """Roots of a polynomial, highest power first."""

def rot90(x: Any, /, *, k: Any = ..., axes: Any = ...) -> Any:
    """Rotate by k quarter turns in the plane of two axes, from the first towards the second."""

def round(x: Any, /, *, decimals: Any = ...) -> Any:
    """Nearest value with the given decimals, halves to even."""

def rrelu(input: Any, /, lower: Any = ..., upper: Any = ..., training: Any = ...) -> Any:
    """Leaky ReLU whose slope is drawn from [lower, upper) in training, else their mean."""

def rsqrt(x: Any, /) -> Any:
    """Reciprocal of the square root."""

def running_logsumexp(x: Any, /, axis: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative logsumexp along an axis, from its end if reversed."""

def running_max(x: Any, /, axis: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative maximum along an axis, from its end if reversed."""

def running_min(x: Any, /, axis: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative minimum along an axis, from its end if reversed."""

def running_prod(x: Any, /, axis: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative product along an axis, from its end if reversed."""

def running_sum(x: Any, /, axis: Any = ..., reverse: Any = ...) -> Any:
    """Cumulative sum along an axis, from its end if reversed."""

def safe_norm(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., ord: Any = ...) -> Any:
    """Norm of vectors along the given axes, of the flattened array without axes, whose gradient at the zero vector is zero."""

def saturate_cast(x: Any, dtype: Any, /) -> Any:
    """x in another dtype, with values beyond its limits at the limits."""

def save_image(tensor: Any, fp: Any, format: Any = ..., nrow: Any = ..., padding: Any = ..., normalize: Any = ..., value_range: Any = ..., scale_each: Any = ..., pad_value: Any = ...) -> None:
    """Writes images into one file."""

def scalar_tensor(value: Any, /, *, dtype: Any = ...) -> Any:
    """0-d array of a number; float32 without a dtype."""

def scaled_dot_product_attention(query: Any, key: Any, value: Any, /, attn_mask: Any = ..., dropout_p: Any = ..., is_causal: Any = ..., scale: Any = ..., enable_gqa: Any = ...) -> Any:
    """softmax(query @ key.T * scale + mask) @ value over the last two axes (length, features)."""

def scan(f: Any, init: Any, xs: Any = ..., length: Any = ..., *, reverse: Any = ...) -> Any:
    """A state carried through f(carry, x) -> (carry, y) along the leading axis: the last carry and all y."""

def scan_elements(function: Any, elems: Any, /, *, initializer: Any = ...) -> Any:
    """All intermediate results of folding."""

def scatter(x: Any, axis: Any, index: Any, src: Any, /) -> Any:
    """Write src (an array or a number) at the positions that index names along one axis."""

def scatter_add(x: Any, axis: Any, index: Any, src: Any, /) -> Any:
    """Add src at the positions that index names along one axis; repeated ones accumulate."""

def scatter_nd(indices: Any, updates: Any, shape: Any, /) -> Any:
    """Zeros to which updates are added at coordinates."""

def scatter_nd_add(x: Any, indices: Any, updates: Any, /) -> Any:
    """x with the elements or slices at coordinates increased by the updates; repeated ones add up."""

def scatter_nd_max(x: Any, indices: Any, updates: Any, /) -> Any:
    """x with the elements or slices at coordinates replaced where the updates are larger."""

def scatter_nd_min(x: Any, indices: Any, updates: Any, /) -> Any:
    """x with the elements or slices at coordinates replaced where the updates are smaller."""

def scatter_nd_update(x: Any, indices: Any, updates: Any, /) -> Any:
    """x with the elements or slices at coordinates replaced."""

def scatter_prod(x: Any, axis: Any, index: Any, src: Any, /) -> Any:
    """Multiply by src at the positions that index names along one axis; repeated ones accumulate."""

def scatter_reduce(x: Any, axis: Any, index: Any, src: Any, reduce: Any, /, *, include_self: Any = ...) -> Any:
    """Combine src into the positions that index names along one axis by sum, prod, mean, amax or amin."""

def searchsorted(sorted_sequence: Any, values: Any, /, *, right: Any = ...) -> Any:
    """Where to insert values so that each row of the sorted sequence stays sorted; right goes behind equals."""

def seed_generator(generator: Any, seed: Any, /) -> Any:
    """Seed a source of random numbers and return it."""

def seeded(seed: Any, /) -> Any:
    """A generator that a seed determines."""

def seeded_generator(seed: Any, /) -> Any:
    """A source of random numbers of its own with this seed."""

def segment_max(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Largest of the elements with the same segment number."""

def segment_max_or_inf(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Largest of the elements with the same segment number, -inf for none."""

def segment_mean(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Means of the elements with the same segment number."""

def segment_min(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Smallest of the elements with the same segment number."""

def segment_min_or_inf(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Smallest of the elements with the same segment number, inf for none."""

def segment_prod(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Products of the elements with the same segment number."""

def segment_sum(data: Any, segment_ids: Any, /, *, num_segments: Any = ...) -> Any:
    """Sums of the elements with the same segment number."""

def select(x: Any, axis: Any, index: Any, /) -> Any:
    """The slice at one index along axis, without that axis."""

def select_scatter(x: Any, src: Any, axis: Any, index: Any, /) -> Any:
    """Replace the slice at one index along axis by src."""

def selu(input: Any, /) -> Any:
    """Scaled exponential linear unit."""

def separable_convolution(input: Any, depthwise_filter: Any, pointwise_filter: Any, /, strides: Any = ..., padding: Any = ..., data_format: Any = ..., dilations: Any = ...) -> Any:
    """Convolution of each channel with its own filters, then of all channels at each place."""

def sequence_mask(lengths: Any, /, *, maxlen: Any = ..., dtype: Any = ...) -> Any:
    """True in the first places of a last axis, as many as the lengths say."""

def set_diagonal(x: Any, diagonal: Any, /) -> Any:
    """Matrices with other diagonals."""

def set_requires_grad(x: Any, requires_grad: Any = ..., /) -> Any:
    """Say whether gradients of x are recorded, where the framework keeps that with the array; returns x."""

def setdiff1d(x1: Any, x2: Any, /) -> Any:
    """The sorted values of x1 that are not in x2."""

def setitem(x: Any, key: Any, value: Any, /) -> Any:
    """x[key] = value; a new array where arrays cannot be written."""

def sgn(x: Any, /) -> Any:
    """Sign; x / |x| for complex numbers."""

def shape(x: Any, /) -> Any:
    """Sizes of all axes."""

def shape_at(x: Any, axis: Any, /) -> builtins.int:
    """Size of one axis."""

def shape_list(shape: Any, /) -> Any:
    """The lengths of the axes as a list."""

def shape_numel(shape: Any, /) -> builtins.int:
    """How many elements an array of this shape has."""

def shape_of_rank(shape: Any, rank: Any, /) -> Any:
    """The shape, which must have so many axes."""

def shape_of_rank_at_least(shape: Any, rank: Any, /) -> Any:
    """The shape, which must have at least so many axes."""

def shape_rank(shape: Any, /) -> builtins.int:
    """The number of axes of a shape."""

def shape_tuple(sizes: Any, /) -> Any:
    """The lengths of the axes as a tuple."""

def sigmoid(input: Any, /) -> Any:
    """Logistic function."""

def sign(x: Any, /) -> Any:
    """-1, 0 or 1 by the sign."""

def signbit(x: Any, /) -> Any:
    """Whether the sign bit is set."""

def silu(input: Any, /) -> Any:
    """x * sigmoid(x)."""

def sin(x: Any, /) -> Any:
    """Sine."""

def sinc(x: Any, /) -> Any:
    """sin(pi x) / (pi x), 1 at 0."""

def sinh(x: Any, /) -> Any:
    """Hyperbolic sine."""

def slice_in_dim(x: Any, start_index: Any, limit_index: Any, /, stride: Any = ..., axis: Any = ...) -> Any:
    """A block along an axis."""

def slice_of_size(x: Any, begin: Any, size: Any, /) -> Any:
    """The part of x that begins at the given places; a size of -1 goes to the end."""

def sliding_windows(x: Any, window_shape: Any, axis: Any = ..., /) -> Any:
    """Windows that slide along axes (None: all of them), whose sizes are new axes at the end; a copy but in NumPy."""

def slogdet(x: Any, /) -> Any:
    """Sign and logarithm of the absolute determinant."""

def smooth_l1_loss(input: Any, target: Any, /, reduction: Any = ..., beta: Any = ...) -> Any:
    """Squared differences below beta (over 2 * beta), absolute ones above."""

def sobel_edges(images: Any, /, data_format: Any = ...) -> Any:
    """Differences of images down and to the right, on a new last axis."""

def soft_margin_loss(input: Any, target: Any, /, reduction: Any = ...) -> Any:
    """log(1 + exp(-y * x)) for targets 1 and -1."""

def softmax(input: Any, /, dim: Any = ..., dtype: Any = ...) -> Any:
    """Exponentials normalised to sum one along dim, computed in dtype when given."""

def softmax_cross_entropy(labels: Any, logits: Any, /, *, axis: Any = ...) -> Any:
    """Cross-entropy along an axis of class probabilities with logits."""

def softmax_where(x: Any, /, *, axis: Any = ..., where: Any = ...) -> Any:
    """Softmax of the picked elements over one or more axes (all with None); 0 for the others."""

def softmin(input: Any, /, dim: Any = ..., dtype: Any = ...) -> Any:
    """Softmax of the negated input along dim."""

def softplus(input: Any, /, beta: Any = ..., threshold: Any = ...) -> Any:
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x exceeds threshold."""

def softshrink(input: Any, /, lambd: Any = ...) -> Any:
    """Moves elements by lambd towards zero, to zero within lambd of it."""

def softsign(input: Any, /) -> Any:
    """x / (1 + |x|)."""

def solve(x1: Any, x2: Any, /, *, left: Any = ...) -> Any:
    """Solution of x1 @ y = x2, or of y @ x1 = x2 when left is false."""

def solve_ex(x1: Any, x2: Any, /) -> Any:
    """solve and, instead of an error, a status that is non-zero for a singular matrix."""

def solve_triangle(x1: Any, x2: Any, /, lower: Any = ...) -> Any:
    """Solution of x1 @ y = x2 for a triangular matrix x1; x2 may have one axis less and hold vectors."""

def solve_triangular(x1: Any, x2: Any, /, *, upper: Any, left: Any = ..., unitriangular: Any = ...) -> Any:
    """Solution of x1 @ y = x2 (y @ x1 = x2 when left is false) for a triangular x1."""

def sort(x: Any, /, *, axis: Any = ..., descending: Any = ...) -> Any:
    """Sorted values along an axis; NaN counts as the largest value."""

def sort_together(operand: Any, /, axis: Any = ..., num_keys: Any = ...) -> Any:
    """Arrays sorted along an axis by the first of them, ties by the next; one array is sorted alone. NaN comes last."""

def sort_with_indices(x: Any, /, *, axis: Any = ..., descending: Any = ...) -> Any:
    """Sorted values along an axis and their indices; NaN counts as the largest value."""

def sorted_segment_max(data: Any, segment_ids: Any, /) -> Any:
    """Largest of the elements with the same segment number, 0 for none; the numbers are sorted."""

def sorted_segment_min(data: Any, segment_ids: Any, /) -> Any:
    """Smallest of the elements with the same segment number, 0 for none; the numbers are sorted."""

def space_to_depth(input: Any, block_size: Any, /, data_format: Any = ...) -> Any:
    """Blocks of pixels as channels."""

def sparse_(tensor: Any, /, sparsity: Any, std: Any = ..., generator: Any = ...) -> Any:
    """Fills a matrix with N(0, std^2) and a share sparsity of each column with zeros."""

def sparse_categorical_accuracy(y_true: Any, y_pred: Any, /) -> Any:
    """Where the largest prediction is the right class index."""

def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, /, from_logits: Any = ..., ignore_class: Any = ..., axis: Any = ...) -> Any:
    """Cross-entropy along an axis of class indices, of probabilities or logits."""

def sparse_plus(x: Any, /) -> Any:
    """0 up to -1, x from 1 on, (x + 1)**2 / 4 between."""

def sparse_sigmoid(x: Any, /) -> Any:
    """(x + 1) / 2, within 0 and 1."""

def sparse_softmax_cross_entropy(labels: Any, logits: Any, /) -> Any:
    """Cross-entropy of class indices with logits, whose last axis are the classes."""

def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, /, k: Any = ...) -> Any:
    """Whether the right class is among the k largest predictions."""

def sparsemax(x: Any, /, *, axis: Any = ...) -> Any:
    """The sparsemax of Keras."""

def spectral_norm(module: Any, /, name: Any = ..., n_power_iterations: Any = ..., eps: Any = ..., dim: Any = ...) -> Any:
    """A layer whose weight is divided by its largest singular value."""

def split(x: Any, size_or_sizes: Any, /, *, axis: Any = ...) -> Any:
    """Split into pieces of one size (the last may be smaller) or of the listed sizes."""

def split_at(x: Any, cuts: Any, /, *, axis: Any = ...) -> Any:
    """Split before each of the given positions."""

def split_at_or_into(x: Any, sections: Any, /, *, axis: Any = ...) -> Any:
    """Split into this many equal pieces or before each of the given positions."""

def split_equal(x: Any, sections: Any, /, *, axis: Any = ...) -> Any:
    """Split into this many equal pieces; an error when the size is not divisible."""

def split_into(x: Any, parts: Any, /, *, axis: Any = ...) -> Any:
    """Split into this many equal pieces or into pieces of the listed sizes."""

def sqrt(x: Any, /) -> Any:
    """Square root."""

def square(x: Any, /) -> Any:
    """x * x."""

def squared_difference(x1: Any, x2: Any, /) -> Any:
    """(x1 - x2) squared."""

def squared_hinge(y_true: Any, y_pred: Any, /) -> Any:
    """Mean of max(1 - y_true * y_pred, 0) squared along the last axis."""

def squareplus(x: Any, b: Any = ..., /) -> Any:
    """(x + sqrt(x**2 + b)) / 2."""

def squeeze(x: Any, /, *, axis: Any = ...) -> Any:
    """Drop axes of size 1: all of them, or exactly the given ones, which must have size 1."""

def squeeze_ones(x: Any, axis: Any, /) -> Any:
    """Drop those of the given axes that have size 1; others stay."""

def ssim(img1: Any, img2: Any, max_val: Any, /, filter_size: Any = ..., filter_sigma: Any = ..., k1: Any = ..., k2: Any = ...) -> Any:
    """Structural similarity of each pair of images."""

def stack(arrays: Any, /, *, axis: Any = ...) -> Any:
    """Join along a new axis."""

def stack_columns(parts: Any, /) -> Any:
    """Vectors and matrices as the columns of a matrix."""

def stack_module_state(models: Any) -> Any:
    """Parameters and buffers of models of one kind by their names, stacked along a new first axis."""

def standardize_image(image: Any, /) -> Any:
    """Images with mean 0 and standard deviation 1."""

def standardized(x: Any, /, axis: Any = ..., mean: Any = ..., variance: Any = ..., epsilon: Any = ..., where: Any = ...) -> Any:
    """x with mean 0 and variance 1 along axes."""

def stateless_normal(shape: Any, seed: Any, /, *, mean: Any = ..., stddev: Any = ..., dtype: Any = ...) -> Any:
    """Normal numbers that two seeds decide; float32 without a dtype."""

def stateless_uniform(shape: Any, seed: Any, /, *, minval: Any = ..., maxval: Any = ..., dtype: Any = ...) -> Any:
    """Numbers of a range that two seeds decide, up to 1 without a maximum; float32 without a dtype."""

def static_size(size: Any, /) -> Any:
    """The length of an axis."""

def std(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ...) -> Any:
    """Standard deviation over the given axes; the divisor is N - correction."""

def std_mean(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ...) -> Any:
    """(standard deviation, mean) over the given axes."""

def stft(input: Any, n_fft: Any, /, hop_length: Any = ..., win_length: Any = ..., window: Any = ..., center: Any = ..., pad_mode: Any = ..., normalized: Any = ..., onesided: Any = ..., return_complex: Any = ...) -> Any:
    """Spectra of overlapping parts of a signal, frequencies before times."""

def stft_frames(signals: Any, frame_length: Any, frame_step: Any, /, fft_length: Any = ..., window_fn: Any = ..., pad_end: Any = ...) -> Any:
    """Short-time Fourier transform without padding at the start."""

def stft_parts(x: Any, sequence_length: Any, sequence_stride: Any, fft_length: Any, /, *, window: Any = ..., center: Any = ...) -> Any:
    """Real and imaginary part of the short-time Fourier transform of the last axis."""

def stop_gradient(x: Any, /) -> Any:
    """The same values, through which no gradient flows."""

def stop_gradients(tree: Any, /) -> Any:
    """A tree whose arrays have the same values, through which no gradient flows."""

def subtract(x1: Any, x2: Any, /) -> Any:
    """Difference."""

def subtract_at(x: Any, index: Any, values: Any, /) -> Any:
    """x with the values subtracted at an index; each repetition of an index counts."""

def subtract_outer(x1: Any, x2: Any, /) -> Any:
    """Every element of x1 less every element of x2."""

def subtract_scaled(x1: Any, x2: Any, /, *, alpha: Any = ...) -> Any:
    """x1 - alpha * x2."""

def sum(x: Any, /, *, axis: Any = ..., dtype: Any = ..., keepdims: Any = ...) -> Any:
    """Sum over the given axes; small integers and booleans are summed in a wider integer type."""

def svd(x: Any, /, *, full_matrices: Any = ...) -> Any:
    """Singular value decomposition U, S, Vh."""

def svd_uv(x: Any, /, *, some: Any = ...) -> Any:
    """Singular value decomposition U, S, V; reduced unless some is false."""

def svdvals(x: Any, /) -> Any:
    """Singular values, largest first."""

def swapaxes(x: Any, axis1: Any, axis2: Any, /) -> Any:
    """Exchange two axes."""

def switch(index: Any, branches: Any, /, *operands: Any) -> Any:
    """The function of an index, which is clamped, applied to the operands."""

def sync_assert(condition: Any, message: Any, /) -> None:
    """Raise AssertionError with the message unless the condition holds."""

def t(x: Any, /) -> Any:
    """Transpose of an array of at most two axes."""

def t_logpdf(x: Any, df: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of Student's t distribution."""

def t_pdf(x: Any, df: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of Student's t distribution."""

def take(x: Any, indices: Any, /, *, axis: Any = ...) -> Any:
    """Elements at indices along axis; without an axis of the flattened array."""

def take_along_axis(x: Any, indices: Any, /, *, axis: Any) -> Any:
    """Values along axis at indices, which broadcast with x elsewhere."""

def take_bounded(x: Any, indices: Any, /, mode: Any, *, axis: Any = ...) -> Any:
    """Elements at indices, those outside moved to the ends ('clip') or counted on from the other one ('wrap')."""

def tan(x: Any, /) -> Any:
    """Tangent."""

def tanh(x: Any, /) -> Any:
    """Hyperbolic tangent."""

def tanhshrink(input: Any, /) -> Any:
    """Input minus its hyperbolic tangent."""

def tensor(obj: Any, /, *, dtype: Any = ...) -> Any:
    """Array of a copy of the data; Python floats become float32, integers int64."""

def tensordot(x1: Any, x2: Any, /, *, axes: Any = ...) -> Any:
    """Sum of products over pairs of axes."""

def threshold(input: Any, /, threshold: Any, value: Any) -> Any:
    """Elements above threshold; value in place of the others."""

def tile(x: Any, repetitions: Any, /) -> Any:
    """Repeat the whole array along each axis."""

def to(x: Any, /, target: Any = ..., dtype: Any = ...) -> Any:
    """Cast to a dtype or to the dtype of another array; a device leaves the array as it is."""

def to_bfloat16(x: Any, /) -> Any:
    """Cast to bfloat16."""

def to_bool(x: Any, /) -> Any:
    """Cast to bool."""

def to_complex128(x: Any, /) -> Any:
    """Cast to complex128."""

def to_complex64(x: Any, /) -> Any:
    """Cast to complex64."""

def to_float16(x: Any, /) -> Any:
    """Cast to float16."""

def to_float32(x: Any, /) -> Any:
    """Cast to float32."""

def to_float64(x: Any, /) -> Any:
    """Cast to float64."""

def to_int16(x: Any, /) -> Any:
    """Cast to int16."""

def to_int32(x: Any, /) -> Any:
    """Cast to int32."""

def to_int64(x: Any, /) -> Any:
    """Cast to int64."""

def to_int8(x: Any, /) -> Any:
    """Cast to int8."""

def to_numpy(x: Any, /) -> Any:
    """The array as a numpy.ndarray."""

def to_tensor(pic: Any) -> Any:
    """Array of an image, between 0 and 1."""

def to_uint8(x: Any, /) -> Any:
    """Cast to uint8."""

def tobytes(x: Any, /) -> Any:
    """The bytes of the elements, row by row."""

def token_attention(query: Any, key: Any, value: Any, bias: Any = ..., mask: Any = ..., *, scale: Any = ..., is_causal: Any = ...) -> Any:
    """softmax(query @ key.T * scale + bias) @ value of arrays (..., length, heads, features); masked places count little."""

def tolist(x: Any, /) -> Any:
    """The array as nested lists of Python numbers."""

def top_k_categorical_accuracy(y_true: Any, y_pred: Any, /, k: Any = ...) -> Any:
    """Whether the right class of one-hot targets is among the k largest predictions."""

def topk(x: Any, k: Any, /, *, axis: Any = ..., largest: Any = ..., sorted: Any = ...) -> Any:
    """The k largest (or smallest) values along an axis, best first, and their indices."""

def total_variation(images: Any, /) -> Any:
    """Sum of the absolute differences of neighbouring pixels of each image."""

def trace(x: Any, /, *, offset: Any = ..., axis1: Any = ..., axis2: Any = ...) -> Any:
    """Sum along the diagonals of the matrices in two axes."""

def transposed_convolution(input: Any, filters: Any, /, strides: Any = ..., padding: Any = ..., output_padding: Any = ..., data_format: Any = ..., dilations: Any = ...) -> Any:
    """Transposed convolution with filters laid out as window, output channels, input channels."""

def transposed_to_shape(input: Any, filters: Any, output_shape: Any, /, strides: Any = ..., padding: Any = ..., data_format: Any = ..., dilations: Any = ...) -> Any:
    """Transposed convolution whose result has a given shape."""

def trapezoid(y: Any, x: Any = ..., /, *, dx: Any = ..., axis: Any = ...) -> Any:
    """Integral by the trapezoidal rule."""

def tree_all(tree: Any, /, *, is_leaf: Any = ...) -> Any:
    """Whether all leaves of a tree are true."""

def tree_flatten(tree: Any, /, *, is_leaf: Any = ...) -> Any:
    """The leaves of a tree and its structure."""

def tree_flatten_with_path(tree: Any, /, *, is_leaf: Any = ...) -> Any:
    """The leaves of a tree after the keys on the way to each, and its structure."""

def tree_leaves(tree: Any, /, *, is_leaf: Any = ...) -> Any:
    """The leaves of a tree."""

def tree_leaves_with_path(tree: Any, /, *, is_leaf: Any = ...) -> Any:
    """The leaves of a tree after the keys on the way to each."""

def tree_map(f: Any, tree: Any, /, *rest: Any, is_leaf: Any = ...) -> Any:
    """A function of each leaf of a tree and of what stands in its place in others."""

def tree_map_with_path(f: Any, tree: Any, /, *rest: Any, is_leaf: Any = ...) -> Any:
    """A function of the keys on the way to each leaf, and of the leaf."""

def tree_reduce(function: Any, tree: Any, /, initializer: Any = ..., *, is_leaf: Any = ...) -> Any:
    """The leaves of a tree combined from left to right."""

def tree_structure(tree: Any, /, *, is_leaf: Any = ...) -> Any:
    """The structure of a tree."""

def tree_unflatten(treedef: Any, leaves: Any, /) -> Any:
    """The tree of a structure with these leaves."""

def tri(n_rows: Any, n_cols: Any = ..., /, *, k: Any = ..., dtype: Any = ...) -> Any:
    """Ones at and below a diagonal, zeros elsewhere."""

def tridiagonal_solve(diagonals: Any, rhs: Any, /) -> Any:
    """The solutions of systems whose matrices have three diagonals: those above, on and below the middle, of equal length."""

def tril(x: Any, /, *, k: Any = ...) -> Any:
    """Lower triangle of the last two axes, zero elsewhere."""

def tril_indices(row: Any, col: Any, /, *, offset: Any = ...) -> Any:
    """Row and column indices of the lower triangle, shape (2, N)."""

def tril_pair(n: Any, k: Any = ..., m: Any = ..., /) -> Any:
    """Row and column indices of the lower triangle."""

def trim_zeros(x: Any, /, *, trim: Any = ...) -> Any:
    """A vector without the zeros at its front (f) and back (b)."""

def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, /, margin: Any = ..., p: Any = ..., eps: Any = ..., swap: Any = ..., reduction: Any = ...) -> Any:
    """How much the positive is not nearer than the negative by margin."""

def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, /, *, distance_function: Any = ..., margin: Any = ..., swap: Any = ..., reduction: Any = ...) -> Any:
    """Triplet loss with a distance of the caller's choice."""

def triu(x: Any, /, *, k: Any = ...) -> Any:
    """Upper triangle of the last two axes, zero elsewhere."""

def triu_indices(row: Any, col: Any, /, *, offset: Any = ...) -> Any:
    """Row and column indices of the upper triangle, shape (2, N)."""

def triu_pair(n: Any, k: Any = ..., m: Any = ..., /) -> Any:
    """Row and column indices of the upper triangle."""

def trunc(x: Any, /) -> Any:
    """Integer part, toward zero."""

def trunc_divide(x1: Any, x2: Any, /) -> Any:
    """Quotient rounded toward zero."""

def trunc_normal_(tensor: Any, /, mean: Any = ..., std: Any = ..., a: Any = ..., b: Any = ..., generator: Any = ...) -> Any:
    """Fills with draws from N(mean, std^2) cut to [a, b] (absolute bounds)."""

def tversky_loss(y_true: Any, y_pred: Any, /, alpha: Any = ..., beta: Any = ..., axis: Any = ...) -> Any:
    """1 minus the overlap divided by itself plus weighted errors of both kinds."""

def unflatten(x: Any, axis: Any, sizes: Any, /) -> Any:
    """Split one axis into several; one size may be -1."""

def unfold(input: Any, /, kernel_size: Any, dilation: Any = ..., padding: Any = ..., stride: Any = ...) -> Any:
    """Sliding blocks of (N, C, H, W) as columns: (N, C * kh * kw, blocks)."""

def unfold_windows(x: Any, axis: Any, size: Any, step: Any, /) -> Any:
    """All windows of this size and step along an axis; the window becomes a new last axis."""

def uniform_(tensor: Any, /, a: Any = ..., b: Any = ..., generator: Any = ...) -> Any:
    """Fills with draws from U(a, b)."""

def uniform_cdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Distribution function of the uniform distribution between loc and loc + scale."""

def uniform_like(x: Any, /, *, low: Any = ..., high: Any = ..., generator: Any = ...) -> Any:
    """Uniform numbers in [low, high) of the shape and dtype of x."""

def uniform_logpdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Logarithm of the density of the uniform distribution between loc and loc + scale."""

def uniform_pdf(x: Any, loc: Any = ..., scale: Any = ...) -> Any:
    """Density of the uniform distribution between loc and loc + scale."""

def uniform_wide(low: Any = ..., high: Any = ..., /, *, shape: Any = ...) -> Any:
    """Uniformly distributed numbers, float64 where that is the default."""

def union1d(x1: Any, x2: Any, /) -> Any:
    """The sorted values that are in either array."""

def unique(x: Any, /, *, return_inverse: Any = ..., return_counts: Any = ..., axis: Any = ...) -> Any:
    """Sorted distinct elements, or slices along an axis, optionally with the inverse and the counts."""

def unique_consecutive(x: Any, /, *, return_inverse: Any = ..., return_counts: Any = ..., axis: Any = ...) -> Any:
    """Elements, or slices along an axis, without direct repetitions."""

def unique_first_seen(x: Any, /) -> Any:
    """The different elements in the order in which they first occur, and the place of each among them."""

def unique_with_counts(x: Any, /) -> Any:
    """The different elements in the order in which they first occur, the place of each element among them, and how often each occurs."""

def unique_with_index(x: Any, /, *, return_inverse: Any = ..., return_counts: Any = ...) -> Any:
    """Sorted values, the index of the first of each in the flattened array, and inverse and counts as asked."""

def unique_with_nan(x: Any, /, *, return_inverse: Any = ..., return_counts: Any = ..., axis: Any = ...) -> Any:
    """Sorted distinct elements, of which NaN is one, or slices along an axis, optionally with the inverse and the counts."""

def unit_length(x: Any, /, *, axis: Any = ..., order: Any = ..., epsilon: Any = ...) -> Any:
    """x divided by its norm along an axis, or by epsilon at least."""

def unit_norm(x: Any, /, *, axis: Any = ...) -> Any:
    """x divided by its Euclidean length along the axes, and that length."""

def unpack_dual(x: Any, /) -> Any:
    """The value of x and its forward-mode tangent, None where the framework keeps none with the array."""

def unpack_sequence(packed_sequences: Any) -> Any:
    """The sequences that are packed, as a list."""

def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: Any = ...) -> Any:
    """Padded sequences without what is filled up, as a list."""

def unravel_index(indices: Any, shape: Any, /) -> Any:
    """One index per axis for an index into the flattened array."""

def unstack(x: Any, /, *, axis: Any = ...) -> Any:
    """The slices along an axis, without that axis."""

def update_bn(loader: Any, model: Any, device: Any = ...) -> None:
    """Sets the statistics of batch normalisation to the means over the batches of a loader."""

def value_and_grad(fun: Any, /, *, argnums: Any = ..., has_aux: Any = ...) -> Any:
    """The function that gives the value and the gradient of a function."""

def vander(x: Any, /, *, N: Any = ..., increasing: Any = ...) -> Any:
    """Vandermonde matrix."""

def vander_matrix(x: Any, N: Any = ..., /, *, increasing: Any = ...) -> Any:
    """Powers of a vector in columns."""

def var(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ...) -> Any:
    """Variance over the given axes; the divisor is N - correction."""

def var_mean(x: Any, /, *, axis: Any = ..., correction: Any = ..., keepdims: Any = ...) -> Any:
    """(variance, mean) over the given axes."""

def vdot(x1: Any, x2: Any, /) -> Any:
    """Inner product of all elements of two arrays, the first conjugated."""

def vecdot(x1: Any, x2: Any, /, *, axis: Any = ...) -> Any:
    """Inner product along one axis, the first argument conjugated."""

def vector_norm(x: Any, /, *, axis: Any = ..., keepdims: Any = ..., ord: Any = ...) -> Any:
    """Norm of vectors along the given axes, of the flattened array without axes."""

def vector_to_parameters(vector: Any, parameters: Any) -> None:
    """Give parameters the numbers of a vector."""

def vectorize(function: Any, /, *, signature: Any = ...) -> Any:
    """A function of numbers, or of arrays of the axes that a signature like '(n),(n)->()' names, once per element."""

def vectorize_arrays(function: Any, /, *, excluded: Any = ..., signature: Any = ...) -> Any:
    """A function of arrays of the axes that a signature names, mapped over all axes before them, broadcast."""

def vflip(img: Any) -> Any:
    """An image with its rows reversed."""

def view_as_class(x: Any, cls: Any, /) -> Any:
    """The array as one of a class that derives from the framework's."""

def view_as_complex(x: Any, /) -> Any:
    """Real array (..., 2) as complex (...)."""

def view_as_dtype(x: Any, dtype: Any, /) -> Any:
    """The bytes of an array read as another dtype."""

def view_as_real(x: Any, /) -> Any:
    """Complex array (...) as real (..., 2)."""

def vjp(fun: Any, /, *primals: Any, has_aux: Any = ...) -> Any:
    """The value of a function and the function from its cotangents to those of the arguments."""

def vmap(fun: Any, /, *, in_axes: Any = ..., out_axes: Any = ...) -> Any:
    """A function of each slice of its arguments along their axes."""

def vmap_elements(function: Any, elems: Any, /) -> Any:
    """The results of a function for each element along the first axis, computed together."""

def vsplit(x: Any, sections: Any, /) -> Any:
    """Parts along the first axis: so many equal ones, or cut at these places."""

def vstack(arrays: Any, /) -> Any:
    """Join along axis 0, after making every array at least 2-D."""

def weight_norm(module: Any, /, name: Any = ..., dim: Any = ...) -> Any:
    """A layer whose weight is a direction times a length."""

def weighted_logsumexp(x: Any, /, *, axis: Any = ..., b: Any = ..., keepdims: Any = ..., where: Any = ...) -> Any:
    """log(sum(b * exp(x))) over the picked elements, without overflow."""

def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """x1 where the condition holds, else x2."""

def where_float32(condition: Any, x1: Any, x2: Any, /) -> Any:
    """One of two Python numbers per element as float32; at least one of them is a float."""

def where_int32(condition: Any, x1: Any, x2: Any, /) -> Any:
    """One of two Python integers per element as int32."""

def where_number(condition: Any, x1: Any, x2: Any, /) -> Any:
    """One of two Python numbers per element: int64 for integers, float64 when one is a float."""

def while_loop(cond_fun: Any, body_fun: Any, init_val: Any, /) -> Any:
    """A value carried through a function as long as a condition holds."""

def widest_dtype(*values: Any) -> Any:
    """Type that NumPy gives an operation on arrays, dtypes and Python numbers."""

def widest_of_types(type1: Any, type2: Any, /) -> Any:
    """Type that NumPy promotes both to."""

def wraps(wrapped: Any, /) -> Any:
    """A decorator that gives a function the name and documentation of another."""

def xavier_normal_(tensor: Any, /, gain: Any = ..., generator: Any = ...) -> Any:
    """Fills with N(0, std^2) where std = gain * sqrt(2 / (fan_in + fan_out))."""

def xavier_uniform_(tensor: Any, /, gain: Any = ..., generator: Any = ...) -> Any:
    """Fills with U(-a, a) where a = gain * sqrt(6 / (fan_in + fan_out))."""

def xdivy(x1: Any, x2: Any, /) -> Any:
    """x1 / x2, and 0 where x1 is 0."""

def xlog1py(x1: Any, x2: Any, /) -> Any:
    """x1 * log1p(x2), 0 where x1 is 0."""

def xlogy(x1: Any, x2: Any, /) -> Any:
    """x1 * log(x2), 0 where x1 is 0."""

def zero_fraction(x: Any, /) -> Any:
    """The part of the elements that are 0."""

def zeros(shape: Any, /, *, dtype: Any = ...) -> Any:
    """Array of zeros of the shape. float32 without a dtype."""

def zeros_(tensor: Any, /) -> Any:
    """Fills with zeros."""

def zeros_like(x: Any, /, *, dtype: Any = ...) -> Any:
    """Array of zeros of the shape of x. dtype of x without a dtype."""

def zeta(x1: Any, x2: Any, /) -> Any:
    """Hurwitz zeta function."""
