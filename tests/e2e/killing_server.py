"""`loket serve` that kills itself, as a power cut would, at the moment that the file `die` names.

The file is used up by that, so that the next start lives.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))


class Killer:
    """Watches for the moment to end the process."""

    def __init__(self, order: Path) -> None:
        self._order = order

    def die_at(self, moment: str) -> None:
        """SIGKILL to ourselves, if this is the moment."""
        if self._order.exists() and self._order.read_text() == moment:
            self._order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def arm(killer: Killer) -> None:
    """Wrap the steps of a handoff, so that the process can end between any two of them."""
    from actions import hand_over
    from bot import dialogue_store

    make_case = hand_over.hand_over
    say = hand_over.ActionHandOver._say
    write = dialogue_store.DialogueStore._write
    save = dialogue_store.DialogueStore.save

    def making_case(*args: Any, **kwargs: Any) -> Any:
        made = make_case(*args, **kwargs)
        # In the transaction of the case, before its commit.
        killer.die_at("before-case")
        return made

    def saying(*args: Any, **kwargs: Any) -> None:
        killer.die_at("after-case")
        say(*args, **kwargs)

    def writing(self: Any, session: Any, tracker: Any, new: Any) -> None:
        write(self, session, tracker, new)
        # The turn of the handoff is written, but not committed.
        if says_case(new):
            killer.die_at("before-turn")

    async def saving(self: Any, tracker: Any) -> None:
        await save(self, tracker)
        # The turn is committed, but nobody hears of it.
        if says_case(list(tracker.events)[-40:]):
            killer.die_at("after-turn")

    hand_over.hand_over = making_case
    hand_over.ActionHandOver._say = saying
    dialogue_store.DialogueStore._write = writing
    dialogue_store.DialogueStore.save = saving


def says_case(events: Any) -> bool:
    """Whether a turn tells of a case that was made."""
    cards = [((getattr(event, "data", None) or {}).get("custom") or {}) for event in events]
    return any(card.get("soort") == "zaak" for card in cards)


if __name__ == "__main__":
    data = Path(sys.argv[sys.argv.index("--data") + 1])
    arm(Killer(data / "die"))
    from bot.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
