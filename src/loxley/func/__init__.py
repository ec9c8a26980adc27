"""`torch.func`: functions of functions. Derivatives of either mode, and `vmap`, in any order.

In: a function of tensors (or dicts, lists and tuples of them). Out: a function.
docs/design/transforms.md tells how they fit together.
Source: https://docs.pytorch.org/docs/stable/func.api.html
"""

from ..autograd.vmap import vmap
from ..nn.utils.functional_call import functional_call
from .forward import hessian, jacfwd, jvp, linearize
from .functionalization import debug_unwrap, functionalize
from .modules import replace_all_batch_norm_modules_, stack_module_state
from .rearranging import rearrange
from .reverse import grad, grad_and_value, jacrev, vjp

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "rearrange",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]
