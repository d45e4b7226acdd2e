"""The structural rules in the order in which they are asked. The first that answers a node wins."""

from __future__ import annotations

from .altered_arguments import altering_call
from .array_attributes import assigned_part, changed_part
from .array_methods import array_method, array_property, typed_method, unknown_method
from .array_optimizers import array_optimizer
from .base import RuleFunction
from .bound_methods import bound_by_call, bound_lambda, bound_method, bound_otherwise
from .buffers import buffer_assignment, kept_buffer, made_buffer
from .calls import device_call, get_name, has_name, layer_call, project_call, table_call
from .casts import cast_call, number_of_buffer, saturating_cast, whole_number
from .changed_arguments import bare_return, changing_call, changing_expression
from .changing_calls import changing_statement
from .class_functions import class_function
from .classes import class_definition
from .complex_order import complex_comparison
from .conditions import compared_variable, tested_variable
from .constant_blocks import constant_block
from .copies import copied_assignment, overlapping_operand, overlapping_part
from .custom_optimizers import (
    changed_variable,
    custom_step,
    data_of_parameter,
    gradient_of_parameter,
    kept_of_parameter,
    state_of_parameter,
    step_of_another,
)
from .data_operands import combined_data, compared_data, given_data, looped_data, result_data
from .debug_printing import debug_print
from .deletions import deleted_import
from .derivative_numbers import derivative_of_number
from .dtype_comparisons import (
    dtype_class_test,
    dtype_comparison,
    dtype_of_dtype,
    host_dtype_comparison,
    shape_comparison,
    type_comparison,
)
from .dtype_keys import dtype_dict, dtype_index, dtype_lookup, dtype_member, dtype_set
from .dtype_texts import compared_text, text_of_dtype
from .dtype_unions import dtype_alias, dtype_union
from .dynamic import dynamic_code
from .element_indices import picked_elements, ranges
from .empty_parts import joined_parts
from .filled import filled_part, filled_variable
from .first_values import drawn_value
from .folding import fold_boolean, fold_comparison, fold_conditional, fold_count, fold_module_test, fold_not
from .format_strings import nested_quotes
from .forward_hooks import module_hook
from .forward_names import forward_assignment, forward_attribute, forward_by_name, forward_member, forward_signature
from .frozen import frozen_parameter
from .functions import annotation, custom_gradient, function_definition
from .gradient_steps import planned_statement
from .gradient_tape import deleted_tape, gradient_tape, tape_gradient
from .haiku_modules import layers_attribute, own_parameter
from .hardware_settings import hardware_setting
from .hashed_elements import (
    hashed_argument,
    hashed_elements,
    hashed_elements_of_loop,
    hashed_index,
    hashed_keys,
    hashed_keys_of_loop,
    hashed_member,
)
from .host_arrays import compared_texts, host_comparison, host_default, host_field, host_operand
from .host_libraries import (
    host_only_array,
    library_call,
    library_class,
    library_reference,
    library_test,
    record_dtype,
)
from .host_reads import host_read
from .indexing import augmented, read_index, write_index
from .inplace import (
    assigned_attribute,
    data_assignment,
    inplace_expression,
    inplace_statement,
    out_expression,
    out_statement,
    refused_place,
)
from .inplace_functions import changed_argument, changing_function
from .input_gradients import input_gradients, marked_input, taken_gradient
from .kept_states import kept_state
from .keras_activations import no_activation
from .keras_models import assigned_variable, model_method, model_statement, read_variable, weight_call
from .keras_parameters import module_weights, zipped_weights
from .keras_sequences import sequence_of_layers
from .keras_sized import sized_layer
from .keras_training import (
    chosen_parallelism,
    clipped_probabilities,
    compile_call,
    made_dataset,
    saved_model,
    shown_model,
    squaring_optimizer,
)
from .kinks import absolute_value
from .linen_state import first_value
from .list_operands import compared_list, list_operand
from .list_repeats import repeated_list
from .live_states import live_loop
from .local_imports import chosen_import
from .loss_functions import trained_call
from .mapped_keywords import mapped_call
from .mask_arithmetic import mask_difference
from .mask_comparisons import masked_by_comparison
from .mask_numbers import mask_number
from .masked_calls import masked_call
from .membership import membership
from .metaclasses import metaclass_call
from .mixed_dtypes import mixed_assignment, mixed_call, mixed_comparison, mixed_operands
from .mode_arguments import mode_argument, mode_name, unreserved_attribute
from .module_methods import (
    child_assignment,
    child_dictionary,
    module_method,
    module_statement,
    registered_nothing,
    walker_call,
)
from .named_arguments import objects_by_name
from .named_results import named_part
from .neutral_operands import neutral_assignment, neutral_comparison, neutral_operation
from .nnx_modules import inference_mode, mode_attribute, mode_line, registered_buffer, rngs_call
from .nnx_states import (
    drawn_from_stream,
    gradient_of_state,
    mapped_state,
    merged_copy,
    partial_step,
    possible_value,
    shapes_alone,
    state_assignment,
    state_get_value,
    state_value,
    variable_filters,
    walked_modules,
)
from .nnx_training import differentiated_argument, trained_parameters
from .nnx_variables import (
    appended_value,
    dropped_rngs,
    element_value,
    host_value,
    kept_value,
    module_container,
    new_variable,
    partial_layer,
    returned_value,
    sown_result,
    sown_value,
    variable_assignment,
    variable_call,
    variable_set,
    variable_update,
    variable_value,
)
from .number_operands import number_operands, shifted
from .numpy_reductions import numpy_reduction
from .optional_numbers import dot_of_default
from .ordered_gradients import paired_by_order
from .outside_calls import outside_call, reading_call
from .own_initial_values import filled_layer
from .own_state import own_array
from .partials import partial_call
from .plain_attributes import plain_attribute
from .printed_elements import formatted_element, printed_element
from .public_names import public_names
from .recorded_results import recorded_result
from .references import quoted_generic, quoted_union, reference
from .reserved import reserved_attribute, reserved_by_name
from .rounded_elements import rounded_element
from .scalar_elements import appended_element, changed_loop_name, changed_scalar, kept_element
from .shape_arithmetic import joined_shapes, shape_arithmetic, shape_product, stated_shape
from .signatures import signature_call
from .starred_arguments import starred_arguments
from .stopped_gradients import stopped_result
from .subscripted import subscripted
from .super_calls import super_call
from .taped_reads import taped_host_read
from .training import read_mode, write_mode
from .training_step import training_step
from .type_tests import axes_test, class_comparison, scalar_test, scalar_union, type_test
from .typed_casts import layout_cast, typed_cast
from .unpacking import iterated, looped, unpacked
from .updates import generated_update, update_expression, update_statement
from .variable_marks import marked_variable
from .variables import plain_variable, read_value
from .versions import version_comparison
from .wide_operands import listed_operand, wide_assignment, wide_operands
from .write_protection import protected_array, protecting_call

RULES: tuple[RuleFunction, ...] = (
    public_names,
    rounded_element,
    changed_scalar,
    changed_loop_name,
    kept_element,
    printed_element,
    formatted_element,
    appended_element,
    overlapping_operand,
    overlapping_part,
    assigned_part,
    changed_part,
    protected_array,
    protecting_call,
    hashed_index,
    hashed_member,
    hashed_argument,
    hashed_keys,
    hashed_elements,
    hashed_keys_of_loop,
    hashed_elements_of_loop,
    kept_state,
    constant_block,
    custom_step,
    kept_of_parameter,
    changed_variable,
    gradient_of_parameter,
    data_of_parameter,
    state_of_parameter,
    step_of_another,
    function_definition,
    library_class,
    class_definition,
    input_gradients,
    training_step,
    marked_input,
    taken_gradient,
    planned_statement,
    frozen_parameter,
    trained_call,
    annotation,
    write_mode,
    mode_line,
    registered_buffer,
    filled_layer,
    layers_attribute,
    no_activation,
    sized_layer,
    state_assignment,
    variable_assignment,
    new_variable,
    tested_variable,
    plain_attribute,
    complex_comparison,
    fold_comparison,
    compared_variable,
    kept_value,
    returned_value,
    element_value,
    variable_update,
    variable_set,
    appended_value,
    shown_model,
    model_statement,
    stated_shape,
    module_statement,
    registered_nothing,
    child_assignment,
    buffer_assignment,
    made_buffer,
    kept_buffer,
    bound_method,
    bound_lambda,
    bound_by_call,
    bound_otherwise,
    forward_assignment,
    custom_gradient,
    class_function,
    update_statement,
    copied_assignment,
    changing_statement,
    changing_call,
    bare_return,
    filled_part,
    inplace_statement,
    changing_function,
    out_statement,
    data_assignment,
    marked_variable,
    assigned_attribute,
    write_index,
    unpacked,
    iterated,
    live_loop,
    looped_data,
    looped,
    neutral_assignment,
    augmented,
    wide_assignment,
    repeated_list,
    listed_operand,
    wide_operands,
    mixed_assignment,
    shape_arithmetic,
    number_operands,
    shifted,
    derivative_of_number,
    host_operand,
    hardware_setting,
    fold_count,
    combined_data,
    compared_data,
    given_data,
    result_data,
    list_operand,
    compared_list,
    compared_texts,
    host_comparison,
    taped_host_read,
    host_read,
    host_default,
    host_field,
    mask_difference,
    mask_number,
    membership,
    mixed_operands,
    mixed_comparison,
    neutral_operation,
    neutral_comparison,
    read_mode,
    inference_mode,
    mode_attribute,
    reading_call,
    state_value,
    variable_value,
    possible_value,
    own_array,
    module_weights,
    zipped_weights,
    dropped_rngs,
    mode_argument,
    mode_name,
    unreserved_attribute,
    reserved_attribute,
    reserved_by_name,
    super_call,
    dynamic_code,
    forward_by_name,
    forward_member,
    forward_signature,
    version_comparison,
    dtype_comparison,
    host_dtype_comparison,
    compared_text,
    text_of_dtype,
    dtype_class_test,
    dtype_of_dtype,
    shape_comparison,
    type_comparison,
    dtype_alias,
    dtype_union,
    dtype_set,
    dtype_dict,
    dtype_index,
    dtype_lookup,
    dtype_member,
    masked_call,
    out_expression,
    axes_test,
    class_comparison,
    scalar_test,
    type_test,
    stopped_result,
    mapped_call,
    debug_print,
    update_expression,
    generated_update,
    walker_call,
    variable_call,
    state_get_value,
    variable_filters,
    mapped_state,
    gradient_of_state,
    merged_copy,
    shapes_alone,
    drawn_from_stream,
    partial_step,
    walked_modules,
    host_value,
    sown_result,
    sown_value,
    module_container,
    partial_layer,
    rngs_call,
    trained_parameters,
    differentiated_argument,
    objects_by_name,
    first_value,
    own_parameter,
    clipped_probabilities,
    squaring_optimizer,
    compile_call,
    made_dataset,
    chosen_parallelism,
    saved_model,
    model_method,
    weight_call,
    assigned_variable,
    plain_variable,
    read_value,
    read_variable,
    deleted_import,
    whole_number,
    number_of_buffer,
    saturating_cast,
    cast_call,
    changed_argument,
    numpy_reduction,
    paired_by_order,
    outside_call,
    signature_call,
    mixed_call,
    partial_call,
    gradient_tape,
    deleted_tape,
    tape_gradient,
    recorded_result,
    joined_shapes,
    shape_product,
    filled_variable,
    masked_by_comparison,
    drawn_value,
    dot_of_default,
    chosen_import,
    joined_parts,
    record_dtype,
    host_only_array,
    library_test,
    library_call,
    absolute_value,
    array_optimizer,
    starred_arguments,
    table_call,
    has_name,
    get_name,
    device_call,
    sequence_of_layers,
    layer_call,
    module_hook,
    module_method,
    inplace_expression,
    typed_cast,
    layout_cast,
    array_method,
    typed_method,
    changing_expression,
    altering_call,
    unknown_method,
    project_call,
    child_dictionary,
    array_property,
    named_part,
    forward_attribute,
    metaclass_call,
    library_reference,
    reference,
    quoted_generic,
    scalar_union,
    quoted_union,
    subscripted,
    picked_elements,
    ranges,
    read_index,
    fold_module_test,
    nested_quotes,
    fold_not,
    fold_boolean,
    fold_conditional,
    refused_place,
)


def by_node() -> dict[type, tuple[RuleFunction, ...]]:
    """The rules of each node class, in order."""
    found: dict[type, list[RuleFunction]] = {}
    for function in RULES:
        for node in function.nodes:  # type: ignore[attr-defined]
            found.setdefault(node, []).append(function)
    return {node: tuple(functions) for node, functions in found.items()}
