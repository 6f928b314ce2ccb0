# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API of AWX 24.6, as far as the awx.awx collection uses it: it keeps objects, and does nothing with them.

Its shapes are those of the API's own reference (AWX shows it at /api/v2/) and of what awx.awx 24.6.1 asks for: lists in
pages with ``count`` and ``next``, 201 with ``id``, ``url`` and ``related`` for what was made, associations by ``id``
with 204, secrets shown as ``$encrypted$``. Of AWX's own checks it has those that a file of variables can fail: names
that are taken, and what a job template, a survey and the injectors of a credential type must be like. Nothing else that
AWX may refuse is known here.
"""

from __future__ import annotations

import http.server
import json
import re
import ssl
import threading
import typing as t
import urllib.parse

import jinja2.sandbox
import trustme

VERSION = "24.6.1"
TOKEN = "practice-token-of-awx"
HIDDEN = "$encrypted$"
PAGE = 5
# What AWX answers with where nothing was said, as far as the collection looks at it.
DEFAULTS: dict[str, dict[str, t.Any]] = {
    "inventories": {"kind": "", "host_filter": None, "variables": ""},
    "projects": {"scm_revision": "", "allow_override": False},
    "job_templates": {"survey_enabled": False, "job_slice_count": 1},
}
# Who may do what with an object: each of these is an object too, with the teams and users that have it.
ROLES = {
    "job_templates": ("admin_role", "execute_role", "read_role"),
    "workflow_job_templates": ("admin_role", "execute_role", "read_role", "approval_role"),
}
# What unified_job_templates lists, and under which type.
UNIFIED = {
    "job_templates": "job_template",
    "projects": "project",
    "inventory_sources": "inventory_source",
    "workflow_job_templates": "workflow_job_template",
}
ASSOCIATIONS = re.compile(
    r"teams|users|credentials|labels|instance_groups|notification_templates_\w+|(success|failure|always)_nodes|galaxy_credentials"
)
QUESTION = {"question_name", "question_description", "variable", "type", "required", "default"}


class Refused(Exception):
    """AWX would answer 400 with this."""


class AwxApi:
    """The objects by endpoint; ``writes`` is every POST, PATCH and DELETE that came in."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, dict[str, t.Any]]] = {}
        self.linked: dict[str, list[int]] = {}
        self.surveys: dict[int, dict[str, t.Any]] = {}
        self.writes: list[tuple[str, str]] = []
        self._last = 0

    def named(self, endpoint: str) -> dict[str, dict[str, t.Any]]:
        """What an endpoint holds, by name or identifier, with secrets in it."""
        return {one.get("name", one.get("identifier")): one for one in self.objects.get(endpoint, {}).values()}

    def who_has(self, role: str, name: str) -> list[int]:
        """Ids of the teams and users that have the role on the object of that name."""
        (id,) = [one["id"] for one in self.objects["roles"].values() if (one["name"], one["of"]) == (role, name)]
        return [one for what in ("teams", "users") for one in self.linked.get(f"roles/{id}/{what}", [])]

    def answer(self, method: str, path: str, query: dict[str, str], body: t.Any) -> tuple[int, t.Any]:
        if method != "GET":
            self.writes.append((method, path))
        parts = path.removeprefix("/api/v2/").strip("/").split("/")
        try:
            return getattr(self, f"_{method.lower()}")(parts, query, body)
        except Refused as refused:
            return 400, {"detail": str(refused)}
        except KeyError:
            return 404, {"detail": "Not found."}

    def _get(self, parts: list[str], query: dict[str, str], body: t.Any) -> tuple[int, t.Any]:
        endpoint, rest = parts[0], parts[1:]
        if not rest:
            return 200, self._page(f"/api/v2/{endpoint}/", self._found(endpoint, query), query)
        one = self.objects[endpoint][int(rest[0])]
        if len(rest) == 1:
            return 200, self._shown(endpoint, one)
        if rest[1] == "survey_spec":
            return 200, self.surveys.get(one["id"], {})
        ids = [{"id": number} for number in self.linked.get("/".join(parts), [])]
        return 200, self._page(f"/api/v2/{'/'.join(parts)}/", ids, query)

    def _found(self, endpoint: str, query: dict[str, str]) -> list[dict[str, t.Any]]:
        tables = UNIFIED if endpoint == "unified_job_templates" else [endpoint]
        rows = [self._shown(table, one) for table in tables for one in self.objects.get(table, {}).values()]
        wanted = {name: value for name, value in query.items() if name not in ("page", "page_size")}
        return [row for row in rows if all(str(row.get(name)) == value for name, value in wanted.items())]

    def _page(self, path: str, rows: list[dict[str, t.Any]], query: dict[str, str]) -> dict[str, t.Any]:
        page = int(query.get("page", 1))
        more = {name: value for name, value in query.items() if name != "page"}
        following = f"{path}?{urllib.parse.urlencode({**more, 'page': page + 1})}" if len(rows) > page * PAGE else None
        return {
            "count": len(rows),
            "next": following,
            "previous": None,
            "results": rows[(page - 1) * PAGE : page * PAGE],
        }

    def _post(self, parts: list[str], query: dict[str, str], body: t.Any) -> tuple[int, t.Any]:
        endpoint, rest = parts[0], parts[1:]
        if not rest:
            return 201, self._made(endpoint, body)
        one = self.objects[endpoint][int(rest[0])]
        if rest[1] == "survey_spec":
            self.surveys[one["id"]] = _survey(body)
            return 200, {}
        if rest[1] == "create_approval_template":
            made = self._made("workflow_approval_templates", body)
            one["unified_job_template"] = made["id"]
            return 201, made
        if not ASSOCIATIONS.fullmatch(rest[1]):
            raise KeyError(rest[1])
        ids = self.linked.setdefault("/".join(parts), [])
        ids.remove(body["id"]) if body.get("disassociate") else ids.append(body["id"])
        return 204, None

    def _patch(self, parts: list[str], query: dict[str, str], body: t.Any) -> tuple[int, t.Any]:
        endpoint, one = parts[0], self.objects[parts[0]][int(parts[1])]
        known = {
            name: value for name, value in body.items() if endpoint != "workflow_approval_templates" or name in one
        }
        self._check(endpoint, {**one, **known})
        one.update(known)
        return 200, self._shown(endpoint, one)

    def _made(self, endpoint: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        self._check(endpoint, body)
        key = ("name", "identifier", "organization", "inventory", "workflow_job_template")
        if any(all(body.get(k) == one.get(k) for k in key) for one in self.objects.get(endpoint, {}).values()):
            raise Refused(f"{endpoint} with this name already exists.")
        self._last += 1
        one = {**DEFAULTS.get(endpoint, {}), **body, "id": self._last}
        if endpoint == "workflow_approval_templates":
            one = {name: one[name] for name in ("id", "name", "description", "timeout") if name in one}
        self.objects.setdefault(endpoint, {})[self._last] = one
        for role in ROLES.get(endpoint, ()):
            self._last += 1
            self.objects.setdefault("roles", {})[self._last] = {"id": self._last, "name": role, "of": one["name"]}
        return self._shown(endpoint, one)

    def _check(self, endpoint: str, one: dict[str, t.Any]) -> None:
        if endpoint == "job_templates":
            project = self.objects["projects"][one["project"]]
            if not project["allow_override"]:
                raise Refused("Playbook not found for project.")
        if endpoint == "credential_types":
            _credential_type(one["inputs"], one["injectors"])

    def _shown(self, endpoint: str, one: dict[str, t.Any]) -> dict[str, t.Any]:
        url = f"/api/v2/{endpoint}/{one['id']}/"
        related = {"survey_spec": f"{url}survey_spec/", "update": f"{url}update/"}
        if endpoint == "workflow_job_template_nodes" and one.get("unified_job_template") in self.objects.get(
            "workflow_approval_templates", {}
        ):
            related["unified_job_template"] = f"/api/v2/workflow_approval_templates/{one['unified_job_template']}/"
        roles = range(one["id"] + 1, one["id"] + 1 + len(ROLES.get(endpoint, ())))
        shown = {
            **one,
            "url": url,
            "related": related,
            "summary_fields": {"object_roles": {self.objects["roles"][id]["name"]: {"id": id} for id in roles}},
            "type": UNIFIED.get(endpoint, endpoint[:-1]),
        }
        if endpoint == "credentials":
            fields = self.objects["credential_types"][one["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {name: HIDDEN if name in secret else value for name, value in one["inputs"].items()}
        return shown


def _survey(spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """https://docs.ansible.com/automation-controller/latest/html/userguide/job_templates.html#surveys"""
    if not {"name", "description", "spec"} <= set(spec) or not spec["spec"]:
        raise Refused("survey: name, description and spec are needed.")
    for question in spec["spec"]:
        if not set(question) >= QUESTION:
            raise Refused(f"survey: {QUESTION - set(question)} missing in {question}")
        if question["type"] in ("multiplechoice", "multiselect"):
            if not question["choices"] or question["default"] not in ("", *question["choices"]):
                raise Refused(f"survey: {question['default']} is no choice of {question}")
        elif question["type"] not in ("text", "textarea", "password", "integer", "float"):
            raise Refused(f"survey: {question['type']} is no type")
    return spec


def _credential_type(inputs: dict[str, t.Any], injectors: dict[str, t.Any]) -> None:
    """AWX renders each injector with an example of each field, and takes no undefined name."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    names = {field["id"]: "EXAMPLE" for field in inputs["fields"]}
    files = {label.split(".")[1]: "EXAMPLE" for label in injectors.get("file", {})}
    if not set(inputs.get("required", [])) <= set(names):
        raise Refused("credential type: a required field is not among the fields.")
    try:
        for template in [*injectors.get("env", {}).values(), *injectors.get("file", {}).values()]:
            environment.from_string(template).render(tower={"filename": files}, **names)
    except jinja2.TemplateError as error:
        raise Refused(f"credential type: {error}") from error


class ServedAwx:
    """The stand-in on https://localhost, until the context ends. ``ca_file`` is who signed for it."""

    def __init__(self, folder: t.Any) -> None:
        self.api = AwxApi()
        self.ca_file = folder / "awx-ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.api))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"

    def __enter__(self) -> ServedAwx:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *dummy: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """What the collection takes from the environment."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, "SSL_CERT_FILE": str(self.ca_file)}


def _handler(api: AwxApi) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def _serve(self) -> None:
            asked = urllib.parse.urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, answer = 401, {"detail": "Authentication credentials were not provided."}
            else:
                query = dict(urllib.parse.parse_qsl(asked.query))
                status, answer = api.answer(self.command, asked.path, query, body)
            sent = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", VERSION)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def __getattr__(self, name: str) -> t.Any:
            if name.startswith("do_"):
                return self._serve
            raise AttributeError(name)

        def log_message(self, *dummy: t.Any) -> None:
            """Nothing: the test reads ``writes``."""

    return Handler
