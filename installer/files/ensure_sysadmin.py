"""Make the administrator's account and token of an accounts file: `python ensure_sysadmin.py ACCOUNTS`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib.api_token import get_user_from_token
from ckan.plugins import toolkit as tk


def ensure(file: Path) -> None:
    """Create the account if it is absent, give it the password and, if it has no valid one, a token."""
    accounts = json.loads(file.read_text("utf-8"))
    account = accounts["sysadmin"]
    context = {"ignore_auth": True, "user": ""}
    user = model.User.get(account["name"])
    if user is None:
        data = {"name": account["name"], "password": account["password"], "email": "portal@example.org"}
        tk.get_action("user_create")(context, data)
        user = model.User.get(account["name"])
    user.password = account["password"]
    user.sysadmin = True
    user.state = "active"
    model.Session.commit()
    known = account["token"] and get_user_from_token(account["token"])
    if not known or known.name != user.name:
        made = tk.get_action("api_token_create")(
            {"ignore_auth": True, "user": user.name}, {"user": user.name, "name": "portal"}
        )
        account["token"] = made["token"]
        draft = file.with_name(f".{file.name}.new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(accounts, indent=2) + "\n", "utf-8")
        draft.replace(file)


app = make_app(load_config(os.environ["CKAN_INI"]))
with app._wsgi_app.test_request_context():
    ensure(Path(sys.argv[1]))
