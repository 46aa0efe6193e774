"""A resident who talks through the HTTP API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

Message = dict[str, Any]


@dataclass
class Resident:
    """One conversation; every method returns the messages that it caused."""

    url: str
    language: str | None = None
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))
    said: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        body = {"taal": self.language} if self.language else {}
        opened = self.client.post(f"{self.url}/api/v1/gesprekken", json=body)
        assert opened.status_code == 201, opened.text
        self.id, self.token = opened.json()["id"], opened.json()["token"]
        self.last = opened.json()["berichten"]
        self.said += self.last

    @property
    def path(self) -> str:
        return f"{self.url}/api/v1/gesprekken/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def say(self, text: str, client_id: str | None = None) -> list[Message]:
        """Type a text."""
        return self._send({"tekst": text}, client_id)

    def press(self, title: str, client_id: str | None = None) -> list[Message]:
        """Press the newest button whose title contains these words."""
        buttons = [
            b for m in reversed(self.said) for b in m["knoppen"] if title.casefold() in b["titel"].casefold()
        ]
        assert buttons, f"no button {title!r}; the last messages: {self.last}"
        return self._send({"keuze": buttons[0]["keuze"]}, client_id)

    def _send(self, body: Message, client_id: str | None) -> list[Message]:
        answer = self.post({**body, "clientId": client_id or str(uuid.uuid4())})
        assert answer.status_code == 200, answer.text
        self.last = answer.json()["berichten"]
        self.said += self.last
        return self.last

    def post(self, body: Any, **kwargs: Any) -> httpx.Response:
        """Send any body, right or wrong."""
        return self.client.post(f"{self.path}/berichten", json=body, headers=self.headers, **kwargs)

    def all(self, after: int = 0) -> list[Message]:
        """Everything in the conversation, the resident's own messages included."""
        answer = self.client.get(f"{self.path}/berichten", params={"na": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["berichten"]

    @property
    def text(self) -> str:
        """The last answers as one text."""
        return "\n".join(m["tekst"] for m in self.last)

    def card(self, kind: str) -> Message | None:
        """The newest card of that kind."""
        return next(
            (m["kaart"] for m in reversed(self.said) if (m["kaart"] or {}).get("soort") == kind), None
        )

    def tell(self, plan: str, answers: dict[str, str], limit: int = 8) -> Message:
        """Tell a plan and answer what is asked, by words of the question, until the summary comes."""
        self.say(plan)
        for _ in range(limit):
            if self.card("samenvatting"):
                break
            question = self.last[-1]["tekst"].casefold()
            reply = next((answers[key] for key in answers if key in question), None)
            assert reply is not None, f"an unexpected question: {question}"
            self.say(reply)
        summary = self.card("samenvatting")
        assert summary, f"no summary came: {self.text}"
        return summary
