"""The number of threads under simulated clocks."""

from qwen_app.engine.threads import LONGEST_HOLD_S, ThreadGovernor


class Machine:
    """Gives a step of 0.1 seconds a certain share of the cores."""

    def __init__(self, most: int, cores: float) -> None:
        self.now = self.cpu = 0.0
        self.cores = cores
        self.governor = ThreadGovernor(most, clock=lambda: self.now, cpu_clock=lambda: self.cpu)

    def run(self, seconds: float) -> list[int]:
        """Steps without a pause; the threads of each."""
        used = []
        for _ in range(round(seconds / 0.1)):
            self.governor.begin()
            used.append(self.governor.threads)
            self.now += 0.1
            self.cpu += 0.1 * min(self.cores, self.governor.threads)
            self.governor.end()
        return used


def test_a_quiet_machine_is_used_whole() -> None:
    assert set(Machine(4, cores=4).run(100)) == {4}


def test_a_core_that_others_take_is_given_up_soon() -> None:
    machine = Machine(2, cores=2)
    machine.run(5)
    machine.cores = 1.1
    assert machine.run(1)[-1] == 1


def test_it_comes_back_when_the_others_are_gone() -> None:
    machine = Machine(2, cores=1.1)
    machine.run(30)
    machine.cores = 2
    assert machine.run(LONGEST_HOLD_S + 2)[-1] == 2


def test_trying_again_costs_ever_less() -> None:
    machine = Machine(2, cores=1.1)
    machine.run(60)
    tries = machine.run(600).count(2)
    assert 0 < tries < 0.01 * 6000


def test_there_is_always_one_thread() -> None:
    used = Machine(4, cores=0.2).run(60)
    assert min(used) == 1
    assert max(used) == 4
