"""The bot's side of interactions: the first response within three seconds, then webhooks."""

import asyncio
from enum import IntEnum

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.discord_faults import DiscordError, invalid, nothing, reply, unknown
from tests.fakes.discord_forms import check_form
from tests.fakes.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    DEFERRED,
    MODAL,
    TOKEN_SECONDS,
    Interaction,
    Interactions,
)
from tests.fakes.discord_mail import Mail
from tests.fakes.discord_payloads import message_payload
from tests.fakes.discord_requests import body_of, files_of
from tests.fakes.discord_things import EPHEMERAL, LOADING, Message
from tests.fakes.discord_world import World

ACK_SECONDS = 3
USER_INSTALL_FOLLOWUPS, MOST_CHOICES = 5, 25
CHAT_INPUT_REPLY, CONTEXT_MENU_REPLY = 20, 23


class Answer(IntEnum):
    MESSAGE = 4
    THINKING = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    FORM = 9


class CallbackApi:
    def __init__(self, world: World, mail: Mail, interactions: Interactions) -> None:
        self._world, self._mail, self._interactions = world, mail, interactions

    def routes(self) -> list[web.RouteDef]:
        hook = r"/webhooks/{application:\d+}/{token}"
        one = hook + r"/messages/{message:@original|\d+}"
        return [
            web.post(r"/interactions/{interaction:\d+}/{token}/callback", self.respond),
            web.post(hook, self.follow_up),
            web.get(one, self.show),
            web.patch(one, self.edit),
            web.delete(one, self.delete),
        ]

    async def respond(self, request: web.Request) -> web.Response:
        interaction = self._owed(request)
        body = body_of(request)
        _check_response(interaction, body)
        self._carry_out(interaction, body, request)
        interaction.response = body
        interaction.acked_at = asyncio.get_running_loop().time()
        interaction.answered.set()
        if request.query.get("with_response") not in {"1", "true", "True"}:
            return nothing()
        return reply(_callback(interaction, body["type"]))

    async def follow_up(self, request: web.Request) -> web.Response:
        interaction = self._open(request)
        body, files = body_of(request), files_of(request)
        many = len(interaction.followups) >= USER_INSTALL_FOLLOWUPS
        if interaction.install == "user" and many:
            text = "This interaction has hit the maximum number of follow up messages"
            raise DiscordError(400, 40094, text)
        original = interaction.original
        if original is not None and original.loading:  # it takes the place of the thinking one
            return reply(message_payload(self._mail.edit(original, body, files)))
        message = self._say(interaction, body, request)
        interaction.followups.append(message)
        return reply(message_payload(message))

    async def show(self, request: web.Request) -> web.Response:
        return reply(message_payload(self._message(request)))

    async def edit(self, request: web.Request) -> web.Response:
        message = self._message(request)
        return reply(message_payload(self._mail.edit(message, body_of(request), files_of(request))))

    async def delete(self, request: web.Request) -> web.Response:
        self._mail.delete(self._message(request))
        return nothing()

    def _owed(self, request: web.Request) -> Interaction:
        interaction = self._interactions.by_token(request.match_info["token"])
        if interaction is None or str(interaction.id) != request.match_info["interaction"]:
            raise unknown("interaction")
        if interaction.response is not None:
            raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
        late = interaction.age(self._world.clock.deadline_time()) >= ACK_SECONDS
        if interaction.dead is not None or late:
            raise unknown("interaction")
        return interaction

    def _open(self, request: web.Request) -> Interaction:
        interaction = self._interactions.by_token(request.match_info["token"])
        if interaction is None or interaction.response is None:
            raise unknown("webhook")
        late = interaction.age(self._world.clock.deadline_time()) >= TOKEN_SECONDS
        dead = interaction.dead or (50027 if late else None)
        if dead == 50027:
            raise DiscordError(401, 50027, "Invalid Webhook Token")
        if dead is not None:
            raise unknown("webhook")
        return interaction

    def _message(self, request: web.Request) -> Message:
        interaction = self._open(request)
        wanted = request.match_info["message"]
        made = [one for one in (interaction.original, *interaction.followups) if one]
        if wanted == "@original":
            made = [interaction.original] if interaction.original else []
        for message in made:
            if wanted in {"@original", str(message.id)} and not message.deleted:
                return message
        raise unknown("message")

    def _carry_out(self, interaction: Interaction, body: JSON, request: web.Request) -> None:
        data = body.get("data") or {}
        match body["type"]:
            case Answer.MESSAGE:
                interaction.original = self._say(interaction, data, request)
            case Answer.THINKING:
                interaction.original = self._think(interaction, data)
            case Answer.DEFER_UPDATE:
                interaction.original = interaction.message
            case Answer.UPDATE if interaction.message is not None:
                self._mail.edit(interaction.message, data, files_of(request))
                interaction.original = interaction.message

    def _say(self, interaction: Interaction, data: JSON, request: web.Request) -> Message:
        whispered = bool((data.get("flags") or 0) & EPHEMERAL)
        unnumbered = {name: value for name, value in data.items() if name != "nonce"}
        return self._mail.post(
            interaction.channel,
            self._world.bot,
            unnumbered,
            files_of(request),
            type=_kind(interaction),
            webhook_id=self._world.bot.id,
            interaction=interaction.metadata(),
            whispered_to=interaction.user if whispered else None,
        )

    def _think(self, interaction: Interaction, data: JSON) -> Message:
        hidden = (data.get("flags") or 0) & EPHEMERAL
        return self._mail.post_system(
            interaction.channel,
            self._world.bot,
            _kind(interaction),
            flags=LOADING | hidden,
            webhook_id=self._world.bot.id,
            interaction=interaction.metadata(),
            whispered_to=interaction.user if hidden else None,
        )


def _kind(interaction: Interaction) -> int:
    if interaction.kind != COMMAND:
        return 0
    return CHAT_INPUT_REPLY if interaction.data["type"] == 1 else CONTEXT_MENU_REPLY


def _check_response(interaction: Interaction, body: JSON) -> None:
    kind, data = body["type"], body.get("data") or {}
    fits = (kind == Answer.CHOICES) == (interaction.kind == AUTOCOMPLETE)
    updates = kind in {Answer.DEFER_UPDATE, Answer.UPDATE}
    needs_message = updates and interaction.message is None
    form_on_form = kind == Answer.FORM and interaction.kind == MODAL
    if not fits or needs_message or form_on_form:
        raise invalid("type", "BASE_TYPE_CHOICES", "This response does not fit the interaction.")
    if len(data.get("choices") or []) > MOST_CHOICES:
        text = f"Must be {MOST_CHOICES} or fewer in length."
        raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", text)
    if kind == Answer.FORM:
        check_form(data)


def _callback(interaction: Interaction, kind: int) -> JSON:
    about: JSON = {"id": str(interaction.id), "type": interaction.kind}
    resource: JSON = {"type": kind}
    message = interaction.original
    if message is not None:
        about["response_message_id"] = str(message.id)
        about["response_message_loading"] = message.loading
        about["response_message_ephemeral"] = message.ephemeral
    if message is not None and kind not in DEFERRED:
        resource["message"] = message_payload(message)
    return {"interaction": about, "resource": resource}
