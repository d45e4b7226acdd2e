"""PyTorch's learning rate schedules, for optimizers with `param_groups`."""

import math
from bisect import bisect_right


class LRScheduler:
    """Sets the learning rate of every group to what `get_lr` says, once at the start and with each `step`."""

    def __init__(self, optimizer, last_epoch=-1):
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError("initial_lr is missing: load the state of the optimizer first")
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def step(self, epoch=None):
        """Go to the next epoch (or whatever `step` is called once for), or to a given one."""
        self._step_count += 1
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        jumps = epoch is not None and hasattr(self, "factor_at")
        for group, lr in zip(self.optimizer.param_groups, self.jump() if jumps else self.get_lr()):
            group["lr"] = lr
        self._last_lr = self.current()

    def current(self):
        """The learning rates of the groups."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def jump(self):
        """The learning rates of an epoch that does not follow the last one."""
        least = getattr(self, "eta_min", 0.0)
        factor = self.factor_at(self.last_epoch)
        return [least + (base - least) * factor for base in self.base_lrs]

    # only if used
    def get_last_lr(self):
        """The learning rates that were set last."""
        return self._last_lr

    # only if used
    def state_dict(self):
        """All attributes but the optimizer and functions."""
        return {
            k: v for k, v in vars(self).items() if k not in ("optimizer", "lr_lambdas", "schedulers")
        }

    # only if used
    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        vars(self).update(state_dict)


class LambdaLR(LRScheduler):
    """The initial learning rates times a function of the epoch."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        several = isinstance(lr_lambda, (list, tuple))
        self.lr_lambdas = list(lr_lambda) if several else [lr_lambda] * len(optimizer.param_groups)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * f(self.last_epoch) for f, base in zip(self.lr_lambdas, self.base_lrs)]


class MultiplicativeLR(LambdaLR):
    """The learning rates times a function of the epoch, epoch by epoch."""

    def get_lr(self):
        if self._is_initial:
            return self.current()
        return [lr * f(self.last_epoch) for f, lr in zip(self.lr_lambdas, self.current())]


class StepLR(LRScheduler):
    """The learning rates times gamma every `step_size` epochs."""

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return self.current()
        return [lr * self.gamma for lr in self.current()]

    def factor_at(self, epoch):
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """The learning rates times gamma at each of the milestones."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [lr * self.gamma ** self.milestones.count(self.last_epoch) for lr in self.current()]

    def factor_at(self, epoch):
        return self.gamma ** bisect_right(self.milestones, epoch)


class ConstantLR(LRScheduler):
    """The learning rates times a factor until epoch `total_iters`."""

    def __init__(self, optimizer, factor=1 / 3, total_iters=5, last_epoch=-1):
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self.current()]
        if self.last_epoch != self.total_iters:
            return self.current()
        return [lr / self.factor for lr in self.current()]

    def factor_at(self, epoch):
        return self.factor if epoch < self.total_iters else 1.0


class LinearLR(LRScheduler):
    """The learning rates times a factor that changes linearly until epoch `total_iters`."""

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self.current()]
        if self._is_initial or self.last_epoch > self.total_iters:
            return self.current()
        change = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * change
        return [lr * (1 + change / before) for lr in self.current()]

    def factor_at(self, epoch):
        share = min(self.total_iters, epoch) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * share


class ExponentialLR(LRScheduler):
    """The learning rates times gamma every epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return self.current() if self._is_initial else [lr * self.gamma for lr in self.current()]

    def factor_at(self, epoch):
        return self.gamma**epoch


class PolynomialLR(LRScheduler):
    """The learning rates fall to zero as a power of what is left of `total_iters`."""

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self._is_initial or self.last_epoch > self.total_iters:
            return self.current()
        left = self.total_iters - self.last_epoch
        return [lr * (left / (left + 1)) ** self.power for lr in self.current()]

    def factor_at(self, epoch):
        return (1 - min(self.total_iters, epoch) / self.total_iters) ** self.power


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the initial learning rates to `eta_min` in `T_max` epochs, and back."""

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self._is_initial:
            return self.current()
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            up = (1 - math.cos(math.pi / self.T_max)) / 2
            return [lr + (base - self.eta_min) * up for base, lr in zip(self.base_lrs, self.current())]
        now = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        before = 1 + math.cos(math.pi * (self.last_epoch - 1) / self.T_max)
        return [now / before * (lr - self.eta_min) + self.eta_min for lr in self.current()]

    def factor_at(self, epoch):
        return (1 + math.cos(math.pi * epoch / self.T_max)) / 2


class SWALR(LRScheduler):
    """From the learning rates at hand to `swa_lr` within `anneal_epochs` epochs, then constant."""

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        rates = swa_lr if isinstance(swa_lr, (list, tuple)) else [swa_lr] * len(optimizer.param_groups)
        for rate, group in zip(rates, optimizer.param_groups):
            group["swa_lr"] = rate
        self.anneal_epochs, self.anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def share(self, step):
        """How much of `swa_lr` there is in the rate of a step."""
        done = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * done)) / 2 if self.anneal_strategy == "cos" else done

    def get_lr(self):
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self.share(step - 1), self.share(step)
        rates = []
        for group in self.optimizer.param_groups:
            last = group["swa_lr"]
            first = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine to `eta_min` in `T_0` epochs, then anew, each time `T_mult` times as long."""

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1):
        self.T_0 = self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def step(self, epoch=None):
        """Go to the next epoch, or to a given one, which may be a fraction."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
        else:
            self.T_cur, self.T_i = epoch, self.T_0
        while self.T_cur >= self.T_i:
            self.T_cur -= self.T_i
            self.T_i *= self.T_mult
        super().step(math.floor(epoch))


class OneCycleLR(LRScheduler):
    """The learning rate up to `max_lr` and down again within `total_steps`, momentum the other way."""

    def __init__(
        self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
        anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95,
        div_factor=25.0, final_div_factor=1e4, three_phase=False, last_epoch=-1,
    ):  # fmt: skip
        self.total_steps = epochs * steps_per_epoch if total_steps is None else total_steps
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        count = len(optimizer.param_groups)
        highest, low, high = (
            list(v) if isinstance(v, (list, tuple)) else [v] * count
            for v in (max_lr, base_momentum, max_momentum)
        )
        last = self.total_steps - 1
        up = float(pct_start * self.total_steps) - 1
        rates = ("initial_lr", "max_lr", "min_lr")
        moments = ("max_momentum", "base_momentum", "max_momentum")
        ends = (up, last)
        if three_phase:
            rates = ("initial_lr", "max_lr", "initial_lr", "min_lr")
            moments = (*moments, "max_momentum")
            ends = (up, 2 * up, last)
        self.phases = list(zip(ends, rates, rates[1:], moments, moments[1:]))
        if last_epoch == -1:
            for group, top, least, most in zip(optimizer.param_groups, highest, low, high):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = top / div_factor / final_div_factor
                if cycle_momentum:
                    group["base_momentum"], group["max_momentum"] = least, most
                    self.set_momentum(group, most)
        super().__init__(optimizer, last_epoch)

    def set_momentum(self, group, value):
        """The momentum of a group, or the first of its betas."""
        if "betas" in group:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value

    def anneal(self, start, end, share):
        """A value between two others."""
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2.0 * (1 + math.cos(math.pi * share))

    def get_lr(self):
        if self.last_epoch > self.total_steps:
            raise ValueError(f"step {self.last_epoch} is beyond the {self.total_steps} of the cycle")
        begin, number = 0.0, 0
        while self.last_epoch > self.phases[number][0] and number < len(self.phases) - 1:
            begin, number = self.phases[number][0], number + 1
        end, lr_from, lr_to, momentum_from, momentum_to = self.phases[number]
        share = (self.last_epoch - begin) / (end - begin)
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                value = self.anneal(group[momentum_from], group[momentum_to], share)
                self.set_momentum(group, value)
        return [self.anneal(g[lr_from], g[lr_to], share) for g in self.optimizer.param_groups]


class SequentialLR(LRScheduler):
    """Several schedules one after another; the next takes over at each of the milestones."""

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        self.optimizer = optimizer
        self.schedulers = schedulers
        self.milestones = milestones
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for scheduler in schedulers:
            scheduler.last_epoch -= 1
        first = schedulers[bisect_right(milestones, 0)]
        first._is_initial = True
        first.step()
        first._is_initial = False
        self._last_lr = first.current()

    def step(self):
        """Go to the next epoch."""
        self.last_epoch += 1
        number = bisect_right(self.milestones, self.last_epoch)
        scheduler = self.schedulers[number]
        begins = number > 0 and self.milestones[number - 1] == self.last_epoch
        scheduler.step(0) if begins else scheduler.step()
        self._last_lr = scheduler.current()

    # only if used
    def state_dict(self):
        """All attributes but the optimizer, and the states of the schedules."""
        own = {k: v for k, v in vars(self).items() if k not in ("optimizer", "schedulers")}
        return own | {"_schedulers": [scheduler.state_dict() for scheduler in self.schedulers]}

    # only if used
    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        for scheduler, state in zip(self.schedulers, state_dict["_schedulers"]):
            scheduler.load_state_dict(state)
        vars(self).update({k: v for k, v in state_dict.items() if k != "_schedulers"})


class ReduceLROnPlateau:
    """The learning rate times a factor when a measure has not become better for `patience` epochs."""

    def __init__(
        self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel",
        cooldown=0, min_lr=0, eps=1e-8,
    ):  # fmt: skip
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        count = len(optimizer.param_groups)
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * count
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0

    def is_better(self, value):
        """Whether a value is better than the best one, by more than the threshold."""
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * value < sign * self.best * (1 - sign * self.threshold)
        return sign * value < sign * self.best - self.threshold

    def step(self, metrics):
        """Take note of the measure of an epoch."""
        value = float(metrics)
        self.last_epoch += 1
        if self.is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs):
                lr = max(group["lr"] * self.factor, least)
                if group["lr"] - lr > self.eps:
                    group["lr"] = lr
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    # only if used
    def get_last_lr(self):
        """The learning rates of the groups."""
        return [group["lr"] for group in self.optimizer.param_groups]

    # only if used
    def state_dict(self):
        """All attributes but the optimizer."""
        return {k: v for k, v in vars(self).items() if k != "optimizer"}

    # only if used
    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        vars(self).update(state_dict)
