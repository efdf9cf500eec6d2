"""The demonstration accounts: one person for each role, with password and API token from the accounts file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from . import content

TOKEN_NAME = "Demonstration"


def read_accounts(path: Path) -> dict[str, dict[str, str]]:
    """The accounts file: role to name, password and, once it was made, token."""
    return json.loads(path.read_text("utf-8"))


def ensure_accounts(path: Path, context: dict[str, Any]) -> None:
    """Make each account of the file that is missing, with its memberships, and write its token into the file.

    Running again changes nothing but what is missing. The file keeps its mode (readable by its owner only).
    """
    accounts = read_accounts(path)
    for role, account in accounts.items():
        person = content.people().get(role, {})
        if model.User.get(account["name"]) is None:
            tk.get_action("user_create")(
                dict(context),
                {
                    "name": account["name"],
                    "password": account["password"],
                    "email": f"{account['name']}@neuwald.example",
                    "fullname": person.get("fullname", role),
                    "about": person.get("about", ""),
                },
            )
        for organization, capacity in person.get("organizations", {}).items():
            _ensure_member(dict(context), organization, account["name"], capacity)
        if not account.get("token"):
            own = {"user": account["name"]}  # who acts for a company makes its tokens itself
            token = tk.get_action("api_token_create")(dict(own), {**own, "name": TOKEN_NAME})
            account["token"] = token["token"]
            path.write_text(json.dumps(accounts, indent=2, ensure_ascii=False), "utf-8")


def _ensure_member(context: dict[str, Any], organization: str, user: str, capacity: str) -> None:
    tk.get_action("organization_member_create")(context, {"id": organization, "username": user, "role": capacity})
