# ruff: noqa: T201 - it prints for a person
"""The long form: `make soak`. Faults in random order for some minutes; the printed seed repeats their order."""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom

from tests.faults.campaign import Campaign
from tests.faults.faults import Faults
from tests.faults.final_accounting import check_final_state, check_logs
from tests.faults.network import ACTIVE, AWAY, Network, running_network

SETTLE_SECONDS = 300
SAMPLES = 100
MAX_PAUSE = 0.25
# After at most so many overlapping faults, the network recovers until all messages are delivered.
MAX_FAULTS_AT_ONCE = 3
REPEATS = "SELECT total(attempts) - count(*) FROM deliveries"
DELIVERIES = "SELECT count(*) FROM deliveries"


async def soak(minutes: float, seed: int, folder: Path) -> None:
    """Inject faults into a network for some minutes, and print the figures."""
    random = Random(seed)  # noqa: S311 - nothing secret is drawn
    slowest: dict[str, float] = {}
    # The first bureau has two processes for one mailbox.
    async with running_network(folder, random, processes=2) as network:
        campaign = Campaign(network, _faults(network, random), max_pause=MAX_PAUSE, settle_seconds=SETTLE_SECONDS)

        async def faults() -> None:
            ends = time.monotonic() + minutes * 60
            while time.monotonic() < ends:
                kinds = [_one_of(campaign.kinds, random) for _ in range(random.randint(1, MAX_FAULTS_AT_ONCE))]
                for kind, code in kinds:
                    print(f"{len(network.record.accepted):6} accepted   {kind} {code}", flush=True)
                    await campaign.apply(kind, code)
                took = await network.until_delivered(SETTLE_SECONDS)
                print(f"{took:6.1f} s until all was delivered", flush=True)
                slowest[kinds[-1][0]] = max(took, slowest.get(kinds[-1][0], 0.0))

        await campaign.run(faults)
        await check_final_state(network, random, SAMPLES)
        _print_figures(network, campaign.applied, slowest, check_logs(network))


def _faults(network: Network, random: Random) -> Faults:
    # Most are short, so that they overlap with the recovery from the one before; some outlast every timeout.
    return Faults(network, lambda: random.choice((0, 1, 5, 20, 100, 400)))


def _one_of(kinds: list[str], random: Random) -> tuple[str, str]:
    kind = random.choice(kinds)
    return kind, ACTIVE[0] if kind == "one process of a gateway killed" else random.choice(ACTIVE)


def _print_figures(network: Network, applied: Counter[str], slowest: dict[str, float], happened: Counter[str]) -> None:
    record, active = network.record, [network.gateways[code] for code in ACTIVE]
    print(f"\n{len(record.accepted)} messages accepted, {sum(each.count(DELIVERIES) for each in active)} deliveries")
    print(f"{sum(len(each.recipients & {AWAY}) for each in record.accepted)} of them to {AWAY}, which was away")
    print(f"{sum(bool(each.files) for each in record.accepted)} messages with files")
    print(f"{len(record.answered)} messages read or refused")
    print(f"{record.lost_answers} answers lost, {record.refused.total()} requests refused, {record.given_up} given up")
    again = sum(each.count(REPEATS) for each in active)
    print(f"{again} times sent again, {happened['message-again']} duplicates dropped")
    print(
        "\nfaults                                    how often   slowest until all was delivered, where it was the last"
    )
    for kind, times in sorted(applied.items()):
        took = f"{slowest[kind]:6.1f} s" if kind in slowest else "     - "
        print(f"{kind:44}{times:7}   {took}")


def main() -> None:
    """Run it with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="of a run before, to have the same faults in the same order")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else SystemRandom().randrange(10**6)
    print(f"seed {seed}: repeat it with --seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="i247-soak-"))
    print(f"logs and mailboxes are in {folder}; they stay there if something is wrong", flush=True)
    asyncio.run(soak(options.minutes, seed, folder))
    shutil.rmtree(folder)
    print("\nevery message was delivered once to everybody it was for")


if __name__ == "__main__":
    main()
