"""Returns contracts and departments by whatever a person calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.errors import FeedError

if TYPE_CHECKING:
    from ingest.contract_model import Contract
    from ingest.settings import Settings


def find_feed(name: str) -> Contract:
    """Returns the contract of a feed named by its code, its title or a title that files bear.

    Raises:
        FeedError: there is no such feed.
    """
    from ingest.contract_model import load_contracts

    contracts = load_contracts()
    for contract in contracts.values():
        if name in (contract.feed, contract.title, *contract.file_titles):
            return contract
    known = ", ".join(f"{c.feed} ({c.title})" for c in contracts.values())
    raise FeedError("there is no such feed", expected=f"one of {known}", got=name, do="name one of them")


def find_department(settings: Settings, name: str) -> str:
    """Returns the code of a department named by its code or a name of its own, as the folder of a drop may be.

    Raises:
        FeedError: the programme has no such department.
    """
    from rapidfuzz import process

    from ingest.landing import department_of
    from ingest.seeds import seed_rows

    code = department_of(settings, name)
    if code is not None:
        return code
    names = {row["department_code"]: row["department_name"] for row in seed_rows("departments", settings.programme)}
    likely, _, its_code = process.extract(name, names, limit=1)[0]
    known = ", ".join(f"{code} ({shown})" for code, shown in names.items())
    raise FeedError(
        "there is no such department",
        expected=f"one of {known}",
        got=name,
        do=f"name one of them; the name most like it is {likely} ({its_code})",
    )
