"""An OAuth 2.0 provider on loopback: authorization codes with PKCE, refresh, and a will of its own."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

CLIENT_ID, CLIENT_SECRET = "posthorn", "client secret"


@dataclass
class OAuthServer:
    """``revoked`` refuses every grant, ``broken`` answers 500; ``asked`` is what was posted to the token endpoint.

    The n-th access token is ``token-n``. Refresh tokens are given with a code only, as Google does. A mail
    server may ask whether a token is good (RFC 7662): the last one is, until ``spoil`` is called. Of the
    tenants ``let_in`` applications are given tokens too; ``paths`` is where they were asked for.
    """

    email: str = "ben@home.example"
    revoked: bool = False
    broken: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)
    issued: int = 0
    good: str = ""
    let_in: set[str] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)

    def start(self, port: int = 0) -> "OAuthServer":
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def consent(self, url: str) -> str:
        """Say yes on the page a person was sent to; return where they are sent then."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = asked["code_challenge"]
        back = urlencode({"code": code, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{back}"

    def spoil(self) -> None:
        """End the last token before its time, without saying so to whoever has it."""
        self.good = ""

    def introspect(self, token: str) -> dict[str, object]:
        is_good = token == self.good and not self.revoked
        return {"active": is_good} | ({"email": self.email} if is_good else {})

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.asked.append(form)
        if self.broken:
            return 500, {}
        if form.get("client_secret") != CLIENT_SECRET:
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "client_credentials" and self.paths[-1] not in self.let_in:
            why = "AADSTS700016: Application with identifier 'posthorn' was not found."
            return 400, {"error": "unauthorized_client", "error_description": why}
        if self.revoked or not self._is_valid(form):
            return 400, {"error": "invalid_grant", "error_description": "Token has been revoked."}
        self.issued += 1
        self.good = f"token-{self.issued}"
        answer: dict[str, object] = {
            "access_token": self.good,
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        if form["grant_type"] == "authorization_code":
            claims = base64.urlsafe_b64encode(json.dumps({"email": self.email}).encode()).decode()
            answer |= {"refresh_token": "refresh-1", "id_token": f"e30.{claims.rstrip('=')}.x"}
        return 200, answer

    def _is_valid(self, form: dict[str, str]) -> bool:
        if form["grant_type"] == "client_credentials":
            return form["scope"].endswith("/.default")
        if form["grant_type"] == "refresh_token":
            return form["refresh_token"] == "refresh-1"
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return self.challenges.pop(form["code"], None) == proof


def _handler(server: OAuthServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if self.path == "/introspect":
                status, answer = 200, server.introspect(form.get("token", ""))
            else:
                server.paths.append(self.path)
                status, answer = server.answer(form)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def oauth_server() -> Iterator[OAuthServer]:
    server = OAuthServer().start()
    yield server
    server.stop()
