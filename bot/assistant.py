"""The Rasa agent in this process: on a thread of its own, its custom actions called directly.

Rasa computes for milliseconds at a time and our store waits for the disk; on its own thread and
event loop neither delays the gateway. No Rasa HTTP API is started.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

import actions
from bot.chat.inbound import Inbound
from bot.dialogue_store import DialogueStore
from bot.speed import compile_action_schema
from routing.backoffice import Backoffice

CHANNEL = "loket"
log = logging.getLogger(__name__)


class ActionFailed(BaseException):
    """A custom action raised; what it raised is the cause.

    Not an Exception: Rasa swallows those of actions and goes on as if nothing had happened, so that a
    resident would hear of a handoff that was never made.
    """


class InProcessActions(EndpointConfig):
    """Rasa's action endpoint without a network: runs the action where we are."""

    def __init__(self, executor: ActionExecutor) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = executor

    async def request(self, *args: Any, json: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Run the action call. A form that rejects answers as a server would, with status 400."""
        try:
            return await self._executor.run(json)
        except ActionExecutionRejection as rejection:
            raise _rejected(rejection) from rejection
        except Exception as error:
            raise ActionFailed from error


def _rejected(rejection: ActionExecutionRejection) -> ClientResponseError:
    body = f'{{"action_name": "{rejection.action_name}", "error": "rejected"}}'
    return ClientResponseError(400, "rejected", body)


class Assistant:
    """Answers residents' messages. Start it before use; its methods may be awaited from any loop."""

    def __init__(self, model: Path, backoffice: Backoffice) -> None:
        self._model = model
        self._backoffice = backoffice
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="assistant", daemon=True)
        self._agent: Agent | None = None
        self._store: DialogueStore | None = None

    async def start(self) -> None:
        """Load the model. Raises rasa's ModelNotFound when there is none."""
        self._thread.start()
        await self._run(self._load())

    async def stop(self) -> None:
        """Finish the turn at hand and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)

    async def open(self, conversation_id: str, language: str | None) -> None:
        """Say the first words of a conversation."""
        await self._run(self._open(conversation_id, language))

    async def handle(self, conversation_id: str, inbound: Inbound) -> None:
        """Answer one message; dialogue state and answers are stored in one commit.

        Raises what the turn raised; then nothing of the turn is kept.
        """
        await self._run(self._handle(conversation_id, inbound))

    async def forget(self, conversation_id: str) -> None:
        """Drop the live state of a conversation; the next turn begins with what the store holds."""
        await self._run(self._forget(conversation_id))

    async def _forget(self, conversation_id: str) -> None:
        self._store.forget(conversation_id)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _load(self) -> None:
        executor = ActionExecutor()
        for action in actions.all_actions(self._backoffice):
            executor.register_action(action)
        compile_action_schema(RemoteAction)
        self._store = DialogueStore(None, self._backoffice.engine, self._backoffice.clock)
        agent = Agent.load(
            str(self._model),
            tracker_store=self._store,
            lock_store=InMemoryLockStore(),
            action_endpoint=InProcessActions(executor),
        )
        # The first message would otherwise wait for what the components load when first used.
        await agent.parse_message("hallo")
        self._agent = agent

    async def _open(self, conversation_id: str, language: str | None) -> None:
        processor = self._agent.processor
        metadata = {"language": language} if language else {}
        tracker = await processor.fetch_tracker_with_initial_session(
            conversation_id, CollectingOutputChannel(), {"opened": True, **metadata}
        )
        await processor.save_tracker(tracker)

    async def _handle(self, conversation_id: str, inbound: Inbound) -> None:
        message = UserMessage(
            inbound.for_rasa(),
            CollectingOutputChannel(),
            conversation_id,
            input_channel=CHANNEL,
            metadata={"inbound": inbound.number},
        )
        try:
            await self._agent.handle_message(message)
        except ActionFailed as failed:
            self._store.forget(conversation_id)
            raise failed.__cause__ from None
        except BaseException:
            self._store.forget(conversation_id)
            raise
