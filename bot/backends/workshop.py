"""Where a server of Responses runs programs: files go in with a question, and others come out.

What is given is copied into the run's container by the server. A container ends 20 minutes after
its last use.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot.backends.citations import cited_in
from bot.backends.clients import Client
from bot.backends.hosted import uploads_in
from bot.backends.hosted_done import given_to, noted
from bot.backends.openai_errors import openai_errors
from bot.backends.server_files import Offered, ServerFiles
from bot.core.answers import CallsMade, Finished
from bot.core.errors import RunLost, SessionLost
from bot.core.prompts import Prompt


class Workshop:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._files = ServerFiles(client, "user_data")

    async def given(self, prompt: Prompt) -> tuple[list[str], list[str]]:
        """As `ServerFiles.given`."""
        return await self._files.given(prompt)

    async def clear(self, response: Mapping[str, Any]) -> None:
        """The uploads of a run that has ended."""
        await self._files.clear(uploads_in(response))

    async def brought(self, event: Finished | CallsMade, output: Any) -> Finished | CallsMade:
        """With the files that the words name, which the run's programs made."""
        cited = [*dict.fromkeys(cited_in(output))]
        if not cited:
            return event
        hosted = event.answer.hosted if isinstance(event, Finished) else event.hosted
        before = [file.data for one in hosted for file in one.output.files]
        retrieve = self._client.containers.files.content.with_streaming_response.retrieve
        offered = [
            Offered(one.name, partial(retrieve, one.file, container_id=one.container))
            for one in cited
        ]
        files, notices = await self._files.fetched(offered, before)
        hosted = given_to(hosted, files, cited[0])
        if isinstance(event, CallsMade):
            return replace(event, hosted=hosted)
        return replace(event, answer=replace(noted(event.answer, notices), hosted=hosted))

    async def end(self, container: str) -> None:
        """Delete it now; what is gone already is no error."""
        try:
            with openai_errors(missing=RunLost):
                await self._client.containers.delete(container)
        except (RunLost, SessionLost):  # so a container is called that is gone
            return
