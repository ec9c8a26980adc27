"""L-BFGS: quasi-Newton steps from the last changes of parameters and gradients.

Source: Nocedal and Wright, Numerical Optimization, algorithm 7.4; Schmidt's minFunc;
https://docs.pytorch.org/docs/2.13/generated/torch.optim.LBFGS.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd import enable_grad, no_grad
from ..tensor import Tensor, cat, view_as_real
from .line_search import Point, StrongWolfe
from .optimizer import Optimizer, ParamsT
from .rule_optimizer import check_lr

__all__ = ["LBFGS"]

_LEAST_CURVATURE = 1e-10
_KEPT = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


class LBFGS(Optimizer):
    """Each `step(closure)` makes up to `max_iter` iterations; one parameter group only."""

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    # ------------------------------------------------------------------ all parameters as one

    def _real(self, t: Tensor) -> Tensor:
        return view_as_real(t) if t.is_complex() else t

    def _gather_flat_grad(self) -> Tensor:
        parts = []
        for p in self._params:
            grad = p.new_zeros(p.numel()) if p.grad is None else p.grad
            grad = (grad.to_dense() if grad.is_sparse else grad).reshape(-1)
            parts.append(self._real(grad).reshape(-1))
        return cat(parts, 0)

    def _add_grad(self, step_size: Any, direction: Tensor) -> None:
        offset = 0
        for p in self._params:
            real = self._real(p)
            part = direction[offset : offset + real.numel()].view(real.shape)
            real.add_(part, alpha=float(step_size))
            offset += real.numel()

    # ------------------------------------------------------------------ one step

    @no_grad()
    def step(self, closure: Callable[[], float]) -> float:
        """Minimize; `closure` clears the gradients, computes the loss and its gradients."""
        if len(self.param_groups) != 1:
            raise AssertionError(
                f"Expected exactly one param_group, but got {len(self.param_groups)}"
            )
        closure = enable_grad()(closure)
        # The first parameter's state stands for all, so that casts on loading have a dtype.
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        state["func_evals"] += 1
        _Iterations(self, closure, state, float(first_loss)).run()
        return first_loss


class _Iterations:
    """The iterations of one step: works on `kept`, the state that passes from step to step."""

    def __init__(
        self, optimizer: LBFGS, closure: Callable, state: dict[str, Any], loss: float
    ) -> None:
        self.optimizer = optimizer
        self.closure = closure
        self.state = state
        self.options = optimizer.param_groups[0]
        self.kept = {name: state.get(name) for name in _KEPT}
        self.loss = loss
        self.flat_grad = optimizer._gather_flat_grad()
        self.evaluations = 1

    def _converged(self) -> bool:
        return bool(self.flat_grad.abs().max() <= self.options["tolerance_grad"])

    def run(self) -> None:
        if self._converged():
            return
        for iteration in range(1, self.options["max_iter"] + 1):
            self.state["n_iter"] += 1
            if self._iterate(last=iteration == self.options["max_iter"]):
                break
        self.state.update(self.kept)

    def _iterate(self, last: bool) -> bool:
        """One iteration; whether it was the last one to make."""
        kept, options = self.kept, self.options
        kept["d"] = self._direction()
        kept["prev_flat_grad"] = self.flat_grad.clone()
        kept["prev_loss"] = self.loss
        kept["t"] = self._first_length()
        slope = self.flat_grad.dot(kept["d"])
        if slope > -options["tolerance_change"]:
            return True
        used, converged = self._move(slope, last)
        self.evaluations += used
        self.state["func_evals"] += used
        return (
            last
            or self.evaluations >= options["max_eval"]
            or converged
            or bool(kept["d"].mul(kept["t"]).abs().max() <= options["tolerance_change"])
            or abs(self.loss - kept["prev_loss"]) < options["tolerance_change"]
        )

    def _first_length(self) -> Any:
        if self.state["n_iter"] > 1:
            return self.options["lr"]
        return min(1.0, 1.0 / self.flat_grad.abs().sum()) * self.options["lr"]

    def _move(self, slope: Tensor, last: bool) -> tuple[int, bool]:
        """Go along the direction; how often the loss was computed, and whether it is flat there."""
        search = self.options["line_search_fn"]
        if search is None:
            self.optimizer._add_grad(self.kept["t"], self.kept["d"])
            if last:
                return 0, False
            self.loss = float(self.closure())
            self.flat_grad = self.optimizer._gather_flat_grad()
            return 1, self._converged()
        if search != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        start = Point(0, self.loss, self.flat_grad.clone(), slope)
        left = self.options["max_eval"] - self.evaluations
        wolfe = StrongWolfe(self._evaluator(), start, self.kept["d"], left)
        found = wolfe.run(self.kept["t"])
        self.loss, self.flat_grad, self.kept["t"] = found.loss, found.grad, found.t
        self.optimizer._add_grad(found.t, self.kept["d"])
        return wolfe.evaluations, self._converged()

    def _evaluator(self) -> Callable[[Any], tuple[float, Tensor]]:
        """Loss and gradient at a distance along the direction; the parameters come back."""
        optimizer, direction = self.optimizer, self.kept["d"]
        origin = [p.clone() for p in optimizer._params]

        def evaluate(t: Any) -> tuple[float, Tensor]:
            optimizer._add_grad(t, direction)
            loss = float(self.closure())
            grad = optimizer._gather_flat_grad()
            for p, original in zip(optimizer._params, origin):
                p.copy_(original)
            return loss, grad

        return evaluate

    def _direction(self) -> Tensor:
        """The quasi-Newton direction from the history, which the last move is added to."""
        kept = self.kept
        if self.state["n_iter"] == 1:
            kept.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return self.flat_grad.neg()
        self._remember()
        changes, moves, ro = kept["old_dirs"], kept["old_stps"], kept["ro"]
        al = self.state["al"] = [None] * self.options["history_size"]
        q = self.flat_grad.neg()
        for i in range(len(changes) - 1, -1, -1):
            al[i] = moves[i].dot(q) * ro[i]
            q.add_(changes[i], alpha=-float(al[i]))
        r = q.mul(kept["H_diag"])
        for i in range(len(changes)):
            be = changes[i].dot(r) * ro[i]
            r.add_(moves[i], alpha=float(al[i] - be))
        return r

    def _remember(self) -> None:
        kept = self.kept
        change = self.flat_grad.sub(kept["prev_flat_grad"])
        move = kept["d"].mul(kept["t"])
        curvature = change.dot(move)
        if not curvature > _LEAST_CURVATURE:
            return
        if len(kept["old_dirs"]) == self.options["history_size"]:
            for name in ("old_dirs", "old_stps", "ro"):
                kept[name].pop(0)
        kept["old_dirs"].append(change)
        kept["old_stps"].append(move)
        kept["ro"].append(1.0 / curvature)
        kept["H_diag"] = curvature / change.dot(change)
