"""The update rules that treat every element alike, each written once.

A rule gets the arithmetic `m` (see `arrays`), the parameter `p`, the gradient `g`, its buffers,
the scalars of this step (already with bias corrections and signs, in double precision) and flags
that are fixed for the run.  It changes `p` and the buffers, never `g`.
Sources: the algorithms in https://docs.pytorch.org/docs/2.13/optim.html and the papers named there.
"""

from __future__ import annotations

from .update import Update


def _decayed(m, p, g, decay, maximize, coupled):
    """The gradient to descend along: turned round for `maximize`, plus weight decay."""
    if maximize:
        g = m.neg(g)
    return m.add(g, p, decay) if coupled else g


def _sgd(m, p, g, s, f):
    lr, decay = s
    maximize, has_decay = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    m.add_(p, g, -lr)


def _sgd_momentum(m, p, g, buf, s, f):
    lr, decay, momentum, dampening = s
    maximize, has_decay, nesterov, first = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    if first:
        m.copy_(buf, m.detached(g))
    else:
        m.add_(m.mul_(buf, momentum), g, 1 - dampening)
    m.add_(p, m.add(g, buf, momentum) if nesterov else buf, -lr)


SGD = Update("sgd", _sgd, scratch=2)
SGD_MOMENTUM = Update("sgd_momentum", _sgd_momentum, ("momentum_buffer",), scratch=3)


def _moments(m, p, g, avg, sq, lr, decay, beta1, beta2, maximize, has_decay, decoupled):
    """Adam's averages of the gradient and of its square, and its weight decay."""
    if has_decay and decoupled:
        m.mul_(p, 1 - lr * decay)
    g = _decayed(m, p, g, decay, maximize, has_decay and not decoupled)
    m.lerp_(avg, g, 1 - beta1)
    m.addcmul_(m.mul_(sq, beta2), g, g, 1 - beta2)
    return g


def _adam(m, p, g, avg, sq, s, f):
    lr, decay, beta1, beta2, eps, step_size, root_correction = s
    _moments(m, p, g, avg, sq, lr, decay, beta1, beta2, *f)
    denominator = m.add_(m.div_(m.sqrt(sq), root_correction), eps)
    m.addcdiv_(p, avg, denominator, -step_size)


def _adam_amsgrad(m, p, g, avg, sq, top, s, f):
    lr, decay, beta1, beta2, eps, step_size, root_correction = s
    _moments(m, p, g, avg, sq, lr, decay, beta1, beta2, *f)
    m.maximum_(top, sq)
    denominator = m.add_(m.div_(m.sqrt(top), root_correction), eps)
    m.addcdiv_(p, avg, denominator, -step_size)


ADAM = Update("adam", _adam, ("exp_avg", "exp_avg_sq"), scratch=3)
ADAM_AMSGRAD = Update(
    "adam_amsgrad", _adam_amsgrad, ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"), scratch=3
)


def _adamax(m, p, g, avg, top, s, f):
    decay, beta1, beta2, eps, step_size = s
    maximize, has_decay = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    m.lerp_(avg, g, 1 - beta1)
    m.maximum_(m.mul_(top, beta2), m.add_(m.abs(g), eps))
    m.addcdiv_(p, avg, top, -step_size)


ADAMAX = Update("adamax", _adamax, ("exp_avg", "exp_inf"), scratch=3)


def _nadam(m, p, g, avg, sq, s, f):
    lr, decay, beta1, beta2, eps, correction, of_gradient, of_average = s
    g = _moments(m, p, g, avg, sq, lr, decay, beta1, beta2, *f)
    denominator = m.add_(m.sqrt_(m.div(sq, correction)), eps)
    m.addcdiv_(p, g, denominator, of_gradient)
    m.addcdiv_(p, avg, denominator, of_average)


NADAM = Update("nadam", _nadam, ("exp_avg", "exp_avg_sq"), scratch=3)


def _radam(m, p, g, avg, sq, s, f):
    lr, decay, beta1, beta2, eps, correction, root_correction, rectification = s
    *moment_flags, rectified = f
    _moments(m, p, g, avg, sq, lr, decay, beta1, beta2, *moment_flags)
    step = m.mul_(m.div(avg, correction), lr)
    if rectified:
        adaptive = m.into_(root_correction, m.add_(m.sqrt(sq), eps))
        step = m.mul_(m.mul_(step, adaptive), rectification)
    m.add_(p, step, -1.0)


RADAM = Update("radam", _radam, ("exp_avg", "exp_avg_sq"), scratch=4)


def _adagrad(m, p, g, total, s, f):
    decay, eps, step_size = s
    maximize, has_decay = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    m.addcmul_(total, g, g)
    m.addcdiv_(p, g, m.add_(m.sqrt(total), eps), -step_size)


ADAGRAD = Update("adagrad", _adagrad, ("sum",), scratch=3)


def _adadelta(m, p, g, sq, acc, s, f):
    lr, decay, rho, eps = s
    maximize, has_decay = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    m.addcmul_(m.mul_(sq, rho), g, g, 1 - rho)
    deviation = m.sqrt_(m.add(sq, eps))
    delta = m.mul_(m.div_(m.sqrt_(m.add(acc, eps)), deviation), g)
    m.addcmul_(m.mul_(acc, rho), delta, delta, 1 - rho)
    m.add_(p, delta, -lr)


ADADELTA = Update("adadelta", _adadelta, ("square_avg", "acc_delta"), scratch=4)


def _rmsprop_scale(m, p, g, sq, mean, s, f):
    """The gradient, and the root of its mean square (about its mean, where that is kept)."""
    _lr, decay, alpha, eps, _momentum = s
    maximize, has_decay = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    m.addcmul_(m.mul_(sq, alpha), g, g, 1 - alpha)
    if mean is None:
        return g, m.add_(m.sqrt(sq), eps)
    m.lerp_(mean, g, 1 - alpha)
    return g, m.add_(m.sqrt_(m.addcmul(sq, mean, mean, -1)), eps)


def _rmsprop(m, p, g, sq, s, f):
    g, scale = _rmsprop_scale(m, p, g, sq, None, s, f)
    m.addcdiv_(p, g, scale, -s[0])


def _rmsprop_momentum(m, p, g, sq, buf, s, f):
    g, scale = _rmsprop_scale(m, p, g, sq, None, s, f)
    m.addcdiv_(m.mul_(buf, s[4]), g, scale)
    m.add_(p, buf, -s[0])


def _rmsprop_centered(m, p, g, sq, mean, s, f):
    g, scale = _rmsprop_scale(m, p, g, sq, mean, s, f)
    m.addcdiv_(p, g, scale, -s[0])


def _rmsprop_centered_momentum(m, p, g, sq, buf, mean, s, f):
    g, scale = _rmsprop_scale(m, p, g, sq, mean, s, f)
    m.addcdiv_(m.mul_(buf, s[4]), g, scale)
    m.add_(p, buf, -s[0])


RMSPROP = Update("rmsprop", _rmsprop, ("square_avg",), scratch=3)
RMSPROP_MOMENTUM = Update(
    "rmsprop_momentum", _rmsprop_momentum, ("square_avg", "momentum_buffer"), scratch=3
)
RMSPROP_CENTERED = Update(
    "rmsprop_centered", _rmsprop_centered, ("square_avg", "grad_avg"), scratch=3
)
RMSPROP_CENTERED_MOMENTUM = Update(
    "rmsprop_centered_momentum",
    _rmsprop_centered_momentum,
    ("square_avg", "momentum_buffer", "grad_avg"),
    scratch=3,
)


def _rprop(m, p, g, previous, size, s, f):
    shrink, grow, smallest, largest = s
    (maximize,) = f
    if maximize:
        g = m.neg(g)
    agreement = m.sign(m.mul(g, previous))
    m.clamp_(m.mul_(size, m.by_sign(agreement, shrink, 1, grow)), smallest, largest)
    # Where the gradient turned round, the step is taken back: no move, and no memory of it.
    kept = m.by_sign(agreement, 0, g, g)
    m.addcmul_(p, m.sign(kept), size, -1)
    m.copy_(previous, kept)


RPROP = Update("rprop", _rprop, ("prev", "step_size"), scratch=6)


def _asgd(m, p, g, average, s, f):
    decay, shrink, eta, mu = s
    maximize, has_decay, averaging = f
    g = _decayed(m, p, g, decay, maximize, has_decay)
    m.mul_(p, shrink)
    m.add_(p, g, -eta)
    if averaging:
        m.add_(average, m.mul_(m.sub(p, average), mu))
    else:
        m.copy_(average, p)


ASGD = Update("asgd", _asgd, ("ax",), scratch=3)
