"""Calls of kornia's functions, evaluated in one framework: ``python kornia_cases.py FRAMEWORK FOLDER OUTPUT``.

Each case is an expression over kornia's modules and array makers. The same text runs in the real library and in
a converted one; results go to OUTPUT.npz, what was raised to OUTPUT.json. FOLDER holds the converted package.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
import zlib
from pathlib import Path

import numpy as np

MODULES = {
    "enhance": "kornia.enhance",
    "color": "kornia.color",
    "filters": "kornia.filters",
    "transform": "kornia.geometry.transform",
    "losses": "kornia.losses",
    "metrics": "kornia.metrics",
    "morphology": "kornia.morphology",
}

CASES = """
enhance.add_weighted(f(1, 3, 5, 6), 0.5, f(1, 3, 5, 6), 0.3, 1.0)
enhance.adjust_brightness(f(2, 3, 5, 6), 0.2)
enhance.adjust_brightness(f(2, 3, 5, 6), f(2))
enhance.adjust_brightness_accumulative(f(1, 3, 5, 6), 0.7)
enhance.adjust_contrast(f(1, 3, 5, 6), 0.6)
enhance.adjust_contrast_with_mean_subtraction(f(2, 3, 5, 6), 0.6)
enhance.adjust_gamma(f(1, 3, 5, 6), 2.2)
enhance.adjust_gamma(f(2, 3, 5, 6), f(2), 2.0)
enhance.adjust_hue(f(1, 3, 5, 6), 0.4)
enhance.adjust_log(f(1, 3, 5, 6), 1.5)
enhance.adjust_log(f(1, 3, 5, 6), 1, True)
enhance.adjust_saturation(f(2, 3, 5, 6), 1.7)
enhance.adjust_saturation(f(2, 3, 5, 6), f(2))
enhance.adjust_saturation_with_gray_subtraction(f(1, 3, 5, 6), 1.7)
enhance.adjust_sigmoid(f(1, 3, 5, 6), 0.4, 8)
enhance.denormalize(f(2, 3, 5, 6), f(3), f(3))
enhance.equalize(f(2, 3, 12, 14))
enhance.equalize3d(f(1, 2, 4, 6, 7))
enhance.equalize_clahe(f(1, 1, 16, 16), 20.0, (2, 2))
enhance.histogram(f(2, 20), g(0.0, 1.0, 8), full(0.1))
enhance.histogram2d(f(2, 20), f(2, 20), g(0.0, 1.0, 8), full(0.1))
enhance.image_histogram2d(f(1, 1, 8, 8), 0.0, 1.0, 16)
enhance.integral_image(f(1, 2, 5, 6))
enhance.integral_tensor(f(2, 5, 6), (-1,))
enhance.invert(f(1, 3, 4, 5))
enhance.invert(f(1, 3, 4, 5), full(0.9))
enhance.linear_transform(f(10, 2, 3), f(6, 6), f(1, 6))
enhance.normalize(f(2, 3, 5, 6), f(3), f(3))
enhance.normalize_min_max(f(2, 3, 5, 6), -1.0, 2.0)
enhance.posterize(f(1, 3, 6, 6), 3)
enhance.sharpness(f(1, 3, 9, 8), 5)
enhance.sharpness(f(2, 3, 9, 8), f(2))
enhance.shift_rgb(f(1, 3, 5, 6), full(0.1, 1), full(-0.2, 1), full(0.3, 1))
enhance.solarize(f(1, 3, 5, 6), 0.4, 0.1)
enhance.solarize(f(2, 3, 5, 6), f(2))
enhance.zca_mean(f(12, 4))
color.bgr_to_grayscale(f(2, 3, 4, 5))
color.bgr_to_rgb(f(2, 3, 4, 5))
color.bgr_to_rgba(f(1, 3, 4, 5), 0.6)
color.grayscale_to_rgb(f(2, 1, 4, 5))
color.hls_to_rgb(f(2, 3, 4, 5))
color.hsv_to_rgb(f(2, 3, 4, 5))
color.lab_to_rgb(100 * f(1, 3, 4, 5))
color.linear_rgb_to_rgb(f(2, 3, 4, 5))
color.luv_to_rgb(50 * f(1, 3, 4, 5))
color.normals_to_rgb255(f(1, 3, 4, 5))
color.raw_to_rgb(f(1, 1, 6, 8), color.CFA.RG)
color.raw_to_rgb(f(1, 1, 6, 8), color.CFA.BG)
color.raw_to_rgb_2x2_downscaled(f(1, 1, 6, 8), color.CFA.GB)
color.rgb255_to_rgb(255 * f(1, 3, 4, 5))
color.rgb_to_bgr(f(2, 3, 4, 5))
color.rgb_to_grayscale(f(2, 3, 4, 5))
color.rgb_to_grayscale(f(2, 3, 4, 5), f(3))
color.rgb_to_hls(f(2, 3, 4, 5))
color.rgb_to_hsv(f(2, 3, 4, 5))
color.rgb_to_lab(f(2, 3, 4, 5))
color.rgb_to_linear_rgb(f(2, 3, 4, 5))
color.rgb_to_luv(f(2, 3, 4, 5))
color.rgb_to_raw(f(1, 3, 6, 8), color.CFA.BG)
color.rgb_to_rgb255(f(1, 3, 4, 5))
color.rgb_to_rgba(f(1, 3, 4, 5), 0.6)
color.rgb_to_rgba(f(2, 3, 4, 5), f(2, 1, 4, 5))
color.rgb_to_xyz(f(2, 3, 4, 5))
color.rgb_to_y(f(2, 3, 4, 5))
color.rgb_to_ycbcr(f(2, 3, 4, 5))
color.rgb_to_yuv(f(2, 3, 4, 5))
color.rgb_to_yuv420(f(1, 3, 4, 6))
color.rgb_to_yuv422(f(1, 3, 4, 6))
color.rgba_to_bgr(f(1, 4, 4, 5))
color.rgba_to_rgb(f(1, 4, 4, 5))
color.sepia(f(1, 3, 4, 5))
color.xyz_to_rgb(f(1, 3, 4, 5))
color.ycbcr_to_rgb(f(1, 3, 4, 5))
color.yuv420_to_rgb(f(1, 1, 4, 6), f(1, 2, 2, 3))
color.yuv422_to_rgb(f(1, 1, 4, 6), f(1, 2, 4, 3))
color.yuv_to_rgb(f(1, 3, 4, 5))
color.apply_colormap(f(1, 1, 4, 5), color.ColorMap(base="autumn", num_colors=16))
filters.bilateral_blur(f(1, 2, 7, 8), (3, 3), 0.1, (1.5, 1.5))
filters.blur_pool2d(f(1, 2, 8, 8), 3)
filters.box_blur(f(1, 2, 7, 8), (3, 5))
filters.box_blur(f(1, 2, 7, 8), 3, "replicate", False)
filters.canny(f(1, 1, 12, 12))
filters.edge_aware_blur_pool2d(f(1, 2, 8, 8), 3)
filters.fft_conv(f(1, 2, 7, 8), f(1, 3, 3))
filters.filter2d(f(1, 2, 7, 8), f(1, 3, 3))
filters.filter2d(f(1, 2, 7, 8), f(1, 3, 5), "circular", True)
filters.filter2d(f(1, 2, 7, 8), f(1, 3, 3), "constant", False, "valid", "conv")
filters.filter2d_separable(f(1, 2, 7, 8), f(1, 3), f(1, 5))
filters.filter3d(f(1, 2, 4, 5, 6), f(1, 3, 3, 3))
filters.gaussian(5, 1.2)
filters.gaussian_blur2d(f(1, 2, 7, 8), (3, 5), (1.5, 0.8))
filters.gaussian_blur2d(f(2, 2, 7, 8), 3, f(2, 2), "reflect", False)
filters.get_binary_kernel2d(3)
filters.get_gaussian_discrete_kernel1d(5, 1.5)
filters.get_gaussian_erf_kernel1d(5, 1.5)
filters.get_gaussian_kernel1d(5, 1.5)
filters.get_gaussian_kernel2d((3, 5), (1.5, 0.7))
filters.get_gaussian_kernel3d((3, 3, 5), (1.5, 0.7, 1.0))
filters.get_hanning_kernel2d((3, 5))
filters.get_laplacian_kernel1d(3)
filters.get_laplacian_kernel2d(5)
filters.get_motion_kernel2d(5, 30.0, 0.4)
filters.get_spatial_gradient_kernel2d("sobel", 2)
filters.guided_blur(f(1, 1, 8, 8), f(1, 1, 8, 8), 3, 0.1)
filters.in_range(f(1, 3, 5, 5), (0.1, 0.2, 0.3), (0.8, 0.9, 0.7), True)
filters.joint_bilateral_blur(f(1, 2, 7, 8), f(1, 2, 7, 8), 3, 0.2, (1.5, 1.5))
filters.laplacian(f(1, 2, 7, 8), 3)
filters.max_blur_pool2d(f(1, 2, 8, 8), 3)
filters.median_blur(f(1, 2, 7, 8), 3)
filters.motion_blur(f(1, 2, 9, 9), 5, 35.0, 0.5)
filters.otsu_threshold(f(1, 1, 10, 10))
filters.sobel(f(1, 2, 7, 8))
filters.spatial_gradient(f(1, 2, 7, 8))
filters.spatial_gradient(f(1, 2, 7, 8), "diff", 2)
filters.spatial_gradient3d(f(1, 1, 4, 5, 6))
filters.unsharp_mask(f(1, 2, 7, 8), (3, 3), (1.5, 1.5))
transform.affine(f(1, 2, 6, 7), f(1, 2, 3))
transform.build_laplacian_pyramid(f(1, 1, 16, 16), 2)
transform.build_pyramid(f(1, 2, 16, 16), 3)
transform.center_crop(f(1, 2, 8, 9), (4, 5))
transform.crop_and_resize(f(1, 1, 8, 8), boxes(1.0, 1.0, 5.0, 6.0), (4, 4))
transform.crop_by_boxes(f(1, 1, 8, 8), boxes(1.0, 1.0, 4.0, 4.0), boxes(0.0, 0.0, 3.0, 3.0))
transform.crop_by_indices(f(1, 1, 8, 8), boxes(1.0, 1.0, 4.0, 4.0))
transform.elastic_transform2d(f(1, 1, 9, 9), f(1, 2, 9, 9), (5, 5), (2.0, 2.0))
transform.get_affine_matrix2d(f(2, 2), f(2, 2), f(2, 2), f(2), f(2), f(2))
transform.get_perspective_transform(boxes(1.0, 1.0, 4.0, 4.0), boxes(0.0, 0.0, 3.0, 5.0) + 0.1 * f(1, 4, 2))
transform.get_rotation_matrix2d(f(2, 2), 90 * f(2), 1 + f(2, 2))
transform.get_shear_matrix2d(f(2, 2), f(2), f(2))
transform.get_tps_transform(f(1, 5, 2), f(1, 5, 2))
transform.get_translation_matrix2d(f(2, 2))
transform.hflip(f(1, 2, 4, 5))
transform.homography_warp(f(1, 1, 6, 7), 0.1 * f(1, 3, 3) + eye(3), (5, 6))
transform.invert_affine_transform(f(2, 2, 3))
transform.projection_from_Rt(f(1, 3, 3), f(1, 3, 1))
transform.pyrdown(f(1, 2, 8, 8))
transform.pyrup(f(1, 2, 4, 4))
transform.remap(f(1, 2, 6, 7), 5 * f(1, 4, 5), 5 * f(1, 4, 5))
transform.rescale(f(1, 2, 6, 8), (1.5, 0.5))
transform.resize(f(1, 2, 6, 8), (5, 9))
transform.resize(f(1, 2, 12, 16), 6, antialias=True)
transform.resize(f(1, 2, 6, 8), (9, 11), "bicubic", True)
transform.rot180(f(1, 2, 4, 5))
transform.rotate(f(1, 2, 6, 7), 90 * f(1))
transform.scale(f(1, 2, 6, 7), 1 + f(1, 2))
transform.shear(f(1, 2, 6, 7), f(1, 2))
transform.translate(f(1, 2, 6, 7), 3 * f(1, 2))
transform.vflip(f(1, 2, 4, 5))
transform.warp_affine(f(1, 2, 6, 7), f(1, 2, 3), (5, 6))
transform.warp_perspective(f(1, 2, 6, 7), 0.1 * f(1, 3, 3) + eye(3), (5, 6))
transform.warp_perspective3d(f(1, 1, 4, 5, 6), 0.1 * f(1, 4, 4) + eye(4), (3, 4, 5))
transform.warp_points_tps(f(1, 4, 2), f(1, 5, 2), f(1, 5, 2), f(1, 3, 2))
losses.binary_focal_loss_with_logits(f(2, 1, 4), i(2, 2, 1, 4), 0.25, 2.0, "mean")
losses.cauchy_loss(f(2, 3, 4), f(2, 3, 4), "mean")
losses.charbonnier_loss(f(2, 3, 4), f(2, 3, 4))
losses.dice_loss(f(2, 3, 4, 5), i(3, 2, 4, 5))
losses.dice_loss(f(2, 3, 4, 5), i(3, 2, 4, 5), "macro")
losses.focal_loss(f(2, 3, 4, 5), i(3, 2, 4, 5), 0.5, 2.0, "mean")
losses.focal_loss(f(2, 3, 4, 5), i(3, 2, 4, 5), None, 2.0, "none")
losses.geman_mcclure_loss(f(2, 3, 4), f(2, 3, 4), "sum")
losses.inverse_depth_smoothness_loss(f(1, 1, 4, 5), f(1, 3, 4, 5))
losses.js_div_loss_2d(f(1, 1, 4, 5), f(1, 1, 4, 5))
losses.kl_div_loss_2d(f(1, 1, 4, 5), f(1, 1, 4, 5))
losses.lovasz_hinge_loss(f(2, 1, 4, 5), i(2, 2, 4, 5))
losses.lovasz_softmax_loss(f(2, 3, 4, 5), i(3, 2, 4, 5))
losses.psnr_loss(f(1, 3, 4, 5), f(1, 3, 4, 5), 1.0)
losses.ssim_loss(f(1, 2, 8, 9), f(1, 2, 8, 9), 5)
losses.ssim3d_loss(f(1, 1, 5, 6, 7), f(1, 1, 5, 6, 7), 3)
losses.total_variation(f(2, 3, 4, 5))
losses.tversky_loss(f(2, 3, 4, 5), i(3, 2, 4, 5), 0.4, 0.6)
losses.welsch_loss(f(2, 3, 4), f(2, 3, 4), "mean")
metrics.accuracy(f(6, 4), i(4, 6))
metrics.aepe(f(1, 4, 5, 2), f(1, 4, 5, 2))
metrics.angle_error_vec(f(4, 3), f(4, 3))
metrics.confusion_matrix(i(3, 2, 10), i(3, 2, 10), 3)
metrics.mean_iou(i(3, 2, 10), i(3, 2, 10), 3)
metrics.mean_iou_bbox(xyxy(4), xyxy(3))
metrics.psnr(f(1, 3, 4, 5), f(1, 3, 4, 5), 1.0)
metrics.ssim(f(1, 2, 8, 9), f(1, 2, 8, 9), 5)
metrics.ssim3d(f(1, 1, 5, 6, 7), f(1, 1, 5, 6, 7), 3)
morphology.bottom_hat(f(1, 2, 7, 8), ones(3, 3))
morphology.closing(f(1, 2, 7, 8), ones(3, 3))
morphology.dilation(f(1, 2, 7, 8), ones(3, 3))
morphology.dilation(f(1, 2, 7, 8), ones(3, 3), f(3, 3), engine="convolution")
morphology.erosion(f(1, 2, 7, 8), ones(3, 3))
morphology.gradient(f(1, 2, 7, 8), ones(3, 3))
morphology.opening(f(1, 2, 7, 8), ones(3, 3))
morphology.top_hat(f(1, 2, 7, 8), ones(3, 3))
""".strip().splitlines()

SHARPNESS = ("enhance.sharpness(picture(), 5)", "enhance.sharpness(picture(), 0.5)")
CASES = [*SHARPNESS, *CASES]
BLOCKED = ("torch", "torchvision")


class _Blocked:
    """Refuses to import the source framework."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked: the converted package must do without it")


def makers(framework: str, seed: int) -> dict[str, object]:
    """The functions that make a case's arrays, all drawn from one seed."""
    rng = np.random.default_rng(seed)
    array = _array_of(framework)

    def f(*shape):
        return array(rng.random(shape, dtype=np.float32))

    def i(high, *shape):
        return array(rng.integers(0, high, shape))

    def boxes(x0, y0, x1, y1):
        return array(np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], np.float32))

    def xyxy(count):
        low = rng.random((count, 2), dtype=np.float32)
        return array(np.concatenate([low, low + 0.1 + rng.random((count, 2), dtype=np.float32)], 1))

    return {
        "f": f,
        "picture": lambda: array(np.random.default_rng(0).random((1, 3, 64, 80), dtype=np.float32)),
        "i": i,
        "boxes": boxes,
        "xyxy": xyxy,
        "g": lambda low, high, count: array(np.linspace(low, high, count, dtype=np.float32)),
        "full": lambda value, *shape: array(np.full(shape, value, np.float32)),
        "ones": lambda *shape: array(np.ones(shape, np.float32)),
        "eye": lambda n: array(np.eye(n, dtype=np.float32)),
    }


def _array_of(framework: str):
    if framework == "torch":
        return importlib.import_module("torch").from_numpy
    if framework == "jax":
        return importlib.import_module("jax.numpy").asarray
    if framework == "tensorflow":
        return importlib.import_module("tensorflow").convert_to_tensor
    return np.asarray


def flat(value) -> list[np.ndarray]:
    """All arrays in a result."""
    if isinstance(value, dict):
        value = list(value.values())
    if value is None:
        return []
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in flat(item)]
    if hasattr(value, "detach"):
        value = value.detach()
    return [np.asarray(value)]


def results(case: str, arrays) -> list[np.ndarray]:
    """The stored arrays of one case, in order."""
    name = case.replace("/", "|")
    return [
        arrays[f"{name}#{n}"] for n in range(len(arrays.files)) if f"{name}#{n}" in arrays.files
    ]


def import_all(folder: str) -> None:
    """Import every module of the converted package without torch."""
    sys.meta_path.insert(0, _Blocked())
    sys.path.insert(0, folder)
    for path in sorted(Path(folder, "kornia").rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def main(framework: str, folder: str, output: str) -> None:
    """Evaluate all cases and write what they give, or import every module."""
    if framework == "import":
        import_all(folder)
        return
    if framework != "torch":
        sys.meta_path.insert(0, _Blocked())
        sys.path.insert(0, folder)
    spaces, errors, results = {}, {}, {}
    for name, module in MODULES.items():
        try:
            spaces[name] = importlib.import_module(module)
        except Exception:
            errors[name] = traceback.format_exc()
    for case in CASES:
        try:
            value = eval(case, spaces | makers(framework, zlib.crc32(case.encode())))
            results |= {f"{case}#{n}": array for n, array in enumerate(flat(value))}
        except Exception as error:
            errors[case] = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
    np.savez(f"{output}.npz", **{name.replace("/", "|"): array for name, array in results.items()})
    with open(f"{output}.json", "w") as file:
        json.dump(errors, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
