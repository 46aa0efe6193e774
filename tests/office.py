"""The other side of a running product: its store, as a colleague or a clock would change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

import routing.catalogue
from routing.cases.cases import Actor, find_case, history, move
from routing.cases.database import connect, unit_of_work
from routing.cases.models import STAFF, Case, OutboxItem
from routing.cases.states import CaseAction
from routing.catalogue import Catalogue, load_catalogue
from routing.handoff import links, live
from routing.handoff.handover import HandoffRequest, hand_over
from routing.handoff.letters import owner_of
from routing.handoff.live import Desk


class Office:
    """The store of a server in `data`, opened a second time."""

    def __init__(self, data: Path) -> None:
        self.engine = connect(f"sqlite:///{data / 'loket.db'}")
        self.secret = (data / "secret").read_bytes()
        self.catalogue: Catalogue = load_catalogue(Path(routing.catalogue.__file__).parent / "delft")

    @contextmanager
    def work(self) -> Iterator[Session]:
        """A transaction."""
        with unit_of_work(self.engine) as session:
            yield session

    @property
    def desk(self) -> Desk:
        """What steps of a live conversation need."""
        return Desk(self.catalogue, datetime.now(UTC))

    def case_from(self, conversation: str | None, key: str, language: str = "nl") -> str:
        """Hands a plan over; the reference number."""
        return self.case_with_code(conversation, key, language)[0]

    def case_with_code(self, conversation: str | None, key: str, language: str = "nl") -> tuple[str, str]:
        """Hands a plan over; the reference number and the code."""
        now = datetime.now(UTC)
        request = HandoffRequest(
            handoff_key=key,
            conversation_id=conversation,
            language=language,
            plan="Met de straat willen we van het grasveld een moestuin maken. <b>Echt</b>",
            neighbourhood="voorhof",
            advice={"goals": [{"goal": 11}], "role": {"role": "verbinder"}, "instruments": []},
            contact_name="Inwoner Een",
            contact_email="inwoner-1@example.org",
            consent_at=now,
        )
        with self.work() as session:
            made = hand_over(session, self.catalogue, request, now=now, secret=self.secret)
            return made.case.reference, made.code

    def link(self, purpose: str, reference: str, **values: str) -> str:
        """The path of a new link about a case."""
        with self.work() as session:
            case = find_case(session, reference)
            if purpose == links.REPLY:
                values.setdefault("partner_id", case.owner_id)
            if purpose == links.CONTINUE:
                values["conversation_id"] = case.conversation_id
            link = links.make_link(session, purpose, datetime.now(UTC), case=case, **values)
        return f"{links.PATHS[purpose]}/{links.token_of(self.secret, purpose, link)}"

    def step(self, reference: str, *actions: CaseAction) -> None:
        """What somebody at the desk does."""
        with self.work() as session:
            case = find_case(session, reference)
            for action in actions:
                move(session, case, action, actor=Actor(STAFF, "1"), now=datetime.now(UTC))

    def find(self, session: Session, reference: str) -> Case:
        """The case, in a transaction of the caller."""
        return find_case(session, reference)

    def case(self, reference: str) -> Case:
        """The case as it is."""
        with self.work() as session:
            return find_case(session, reference)

    def owner(self, reference: str) -> str:
        """The name of who has it."""
        return owner_of(self.catalogue, self.case(reference)).name

    def events(self, reference: str) -> list[str]:
        """The kinds of the lines of its history."""
        with self.work() as session:
            return [event.kind for event in history(session, find_case(session, reference))]

    def mail(self, reference: str) -> list[str]:
        """The kinds of what was put into the outbox about it."""
        with self.work() as session:
            case = find_case(session, reference)
            query = select(OutboxItem).where(OutboxItem.case_id == case.id).order_by(OutboxItem.id)
            return [item.kind for item in session.scalars(query)]

    def take_over(self, reference: str, partner: str = "partner-2") -> None:
        """A partner takes the conversation of a case over."""
        with self.work() as session:
            case = find_case(session, reference)
            speaker = live.speaker_for(self.catalogue, case, partner)
            live.take_over(session, self.desk, case, speaker, client_id=f"over-{partner}")

    def say(self, reference: str, text: str, *, there: bool = True, partner: str = "partner-2") -> None:
        """A partner says something in the conversation of a case."""
        with self.work() as session:
            case = find_case(session, reference)
            speaker = live.speaker_for(self.catalogue, case, partner)
            live.says(session, self.desk, case, speaker, text, client_id=text, resident_there=there)

    def give_back(self, reference: str, partner: str = "partner-2") -> None:
        """The partner gives the conversation back."""
        with self.work() as session:
            case = find_case(session, reference)
            speaker = live.speaker_for(self.catalogue, case, partner)
            live.give_back(session, self.desk, case, speaker, client_id=f"back-{partner}")
