"""Tokens: `auth.*`, `oauth.v2.*`, and the opening of a socket."""

import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_state import (
    APP_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SlackError,
    State,
    Token,
    Workspace,
)

TOKEN_SECONDS = 43_200


class AuthApi:
    def __init__(self, state: State, new_link: Callable[[], str]) -> None:
        self._state = state
        self._new_link = new_link

    def methods(self) -> dict[str, Method]:
        return {
            "api.test": lambda ask: {"args": ask.args},
            "apps.connections.open": lambda _: {"url": self._new_link()},
            "auth.test": self.test,
            "auth.revoke": self.revoke,
            "oauth.v2.access": self.access,
            "oauth.v2.exchange": self.exchange,
        }

    def check(self, method: str, token: str | None) -> Workspace:
        """Return the workspace a token belongs to, if it may call the method at all."""
        if method in {"api.test", "oauth.v2.access", "openid.connect.token"}:
            return self._state.home
        if not token:
            raise SlackError("not_authed")
        known = self._state.tokens.get(token)
        if known is None:
            raise SlackError("invalid_auth")
        if known.error:
            raise SlackError(known.error)
        if (known.kind == "app") != (method == "apps.connections.open"):
            raise SlackError("not_allowed_token_type")
        return known.workspace

    def test(self, ask: Ask) -> JSON:
        home = ask.home
        told = {
            "url": f"https://{home.domain}.slack.com/",
            "team": home.name,
            "user": "homeroom",
            "team_id": home.team,
            "user_id": home.user,
            "bot_id": home.bot_id,
            "is_enterprise_install": home.org_install,
        }
        return told | ({"enterprise_id": home.enterprise_id} if home.enterprise_id else {})

    def revoke(self, ask: Ask) -> JSON:
        test = bool(ask.flag("test"))
        if ask.token and not test:
            self._state.tokens[ask.token].error = "token_revoked"
        return {"revoked": not test}

    def access(self, ask: Ask) -> JSON:
        """Give a token for a code, or a new one for an old one; each is good once."""
        _check_client(ask)
        if ask.args.get("grant_type") == "refresh_token":
            given = str(ask.need("refresh_token"))
            workspaces = self._state.workspaces.values()
            home = next((w for w in workspaces if w.refresh_token == given), None)
            if home is None:
                raise SlackError("invalid_refresh_token")
        else:
            home = self._state.codes.pop(str(ask.need("code")), None)
            if home is None:
                raise SlackError("invalid_code")
        return self._granted(home)

    def exchange(self, ask: Ask) -> JSON:
        """Give a token that ends, and the means to renew it, for one that does not."""
        _check_client(ask)
        ask.home.rotates = True
        if ask.token:
            self._state.tokens[ask.token].error = "token_revoked"
        return self._granted(ask.home)

    async def authorize(self, request: web.Request) -> web.Response:
        """The page where a person agrees; this one always does."""
        home = self._state.workspaces.get(request.query.get("team", ""), self._state.home)
        code = secrets.token_hex(8)
        self._state.codes[code] = home
        answer = urlencode({"code": code, "state": request.query.get("state", "")})
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{answer}")

    def _granted(self, home: Workspace) -> JSON:
        if home.rotates:
            home.token = f"xoxe.xoxb-1-{secrets.token_hex(12)}"
            home.refresh_token = f"xoxe-1-{secrets.token_hex(12)}"
        self._state.tokens[home.token] = Token(workspace=home)
        org = {"id": home.enterprise_id, "name": "Org"} if home.enterprise_id else None
        told: JSON = {
            "access_token": home.token,
            "token_type": "bot",
            "scope": ",".join(sorted(home.scopes)),
            "bot_user_id": home.user,
            "app_id": home.app_id,
            "team": None if home.org_install else {"id": home.team, "name": home.name},
            "enterprise": org,
            "is_enterprise_install": home.org_install,
            "authed_user": {"id": next(iter(self._state.users))},
        }
        if home.rotates:
            told |= {"refresh_token": home.refresh_token, "expires_in": TOKEN_SECONDS}
        return told


def install(state: State, workspace: Workspace) -> None:
    """Put the app into a workspace; the first brings the app's own token along."""
    if not state.workspaces:
        state.tokens[APP_TOKEN] = Token(workspace=workspace, kind="app")
    state.workspaces[workspace.team] = workspace
    state.tokens[workspace.token] = Token(workspace=workspace)


def _check_client(ask: Ask) -> None:
    if ask.args.get("client_id") != CLIENT_ID:
        raise SlackError("invalid_client_id")
    if ask.args.get("client_secret") != CLIENT_SECRET:
        raise SlackError("bad_client_secret")
