from __future__ import annotations

from braintrust_otel._runtime.gate import ForkGate


def test_a_signal_handler_may_enter_again() -> None:
    """A thread that was interrupted inside the gate is not kept out of it by itself."""
    gate = ForkGate()

    with gate, gate:
        inside = True

    assert inside


def test_a_fork_leaves_the_gate_open_on_both_sides() -> None:
    """After a fork, parent and child can enter."""
    gate = ForkGate()

    gate.before_fork()
    gate.after_fork_in_parent()
    with gate:
        pass
    gate.before_fork()
    gate.after_fork_in_child()
    with gate:
        entered = True

    assert entered
