"""Cancellations queried from Salesforce itself (simple-salesforce, the extra `salesforce`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from oseberg.health_model._churn.cancellations import CancellationColumns, Cancellations, clean
from oseberg.health_model.errors import CancellationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class SalesforceClient(Protocol):
    """The client that is needed; `simple_salesforce.Salesforce` is one."""

    def query_all_iter(self, query: str) -> Iterator[Any]:
        """Return the records of a SOQL query, page after page.

        Returns:
            An iterator over the records.
        """
        ...


def query_cancellations(
    client: SalesforceClient,
    soql: str,
    *,
    accounts: Mapping[str, int],
    columns: CancellationColumns | None = None,
) -> Cancellations:
    """Ask Salesforce for cancellations instead of reading an exported file.

    Args:
        client: `simple_salesforce.Salesforce(...)`, logged in; from `oseberg-health-model[salesforce]`.
        soql: A query whose fields are those of `columns`, such as
            `SELECT AccountId, Notice_Date__c FROM Opportunity WHERE StageName = 'Closed Lost' AND Type = 'Renewal'`.
        accounts: The group of each Salesforce id.
        columns: The names of the fields; one of a related object is written as in the query: `Account.Id`.

    Returns:
        The cancellations, and the records that could not be used.

    Raises:
        CancellationError: A field is missing, or an id or a date is wrong.
        simple_salesforce.exceptions.SalesforceError: Salesforce refused the query; the message is its own.
    """
    columns = columns or CancellationColumns()
    needed = {columns.account: True, columns.notice_date: True, columns.contract_end: False}
    # Records become rows of text, so that a query and an exported file are read by the same rules.
    rows = {
        f"record {number}": {name: field(record, name, number, required=required) for name, required in needed.items()}
        for number, record in enumerate(client.query_all_iter(soql), start=1)
    }
    return clean(rows, "Salesforce", columns.account, accounts, columns)


def field(record: Mapping[str, Any], name: str, number: int, *, required: bool) -> str:
    """Return a field as text, "" where it is empty; `Account.Id` is the account's Id."""
    value: Any = record
    for part in name.split("."):
        if required and value is not None and part not in value:
            raise CancellationError(f"Salesforce, record {number}: field {name!r} is missing. Add it to the query.")
        value = None if value is None else value.get(part)
    return "" if value is None else str(value)
