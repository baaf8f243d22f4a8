"""The usage database as one object: a table of contents; its methods are in the modules next to this one."""

from __future__ import annotations

from oseberg.usage_db._database import days, months, people, scores, upkeep
from oseberg.usage_db._database.opened import Opened


class UsageDatabase(Opened):
    """A Postgres database (15 to 18) with the schema `usage`; a context manager.

    Args:
        url: A libpq URL or connection string.
        direct_url: The same database without a pooler between, for locks and migrations; default: `url`.
        accounts: Where the tables of users and groups are; what it doesn't name is as the database stores it.
        load: What a load leaves out or changes.
        schema: The schema of the tables; default: `usage`.

    Example:
        >>> import tempfile
        >>> with UsageDatabase.embedded(tempfile.mkdtemp()) as db:
        ...     db.upgrade()
        ...     db.status().events
        0
    """

    # Set up and look after
    upgrade = upkeep.upgrade
    status = upkeep.status
    diagnose = upkeep.diagnose
    psql = upkeep.psql
    doorway = upkeep.doorway
    backup = upkeep.backup
    restore_backup = upkeep.restore_backup
    save_command_run = upkeep.save_command_run
    command_runs = upkeep.command_runs

    # Days of events
    load_run = days.load_run
    replace_day = days.replace_day
    pending_days = days.pending_days
    loaded_days = days.loaded_days
    missing_events = days.missing_events
    verify = days.verify
    import_events = days.import_events
    replace_profiles = days.replace_profiles
    events = days.events
    event_counts = days.event_counts

    # Months in files
    archive = months.archive
    archives = months.archives
    find_archives = months.find_archives
    restore = months.restore

    # Users and companies
    import_accounts = people.import_accounts
    users = people.users
    user_history = people.user_history
    groups = people.groups
    group_history = people.group_history
    has_roster_dates = people.has_roster_dates
    find_user = people.find_user
    user_ids = people.user_ids
    unresolved = people.unresolved
    add_alias = people.add_alias
    erase = people.erase

    # Models and scores
    save_model = scores.save_model
    save_event_products = scores.save_event_products
    save_reference = scores.save_reference
    save_scores = scores.save_scores
    models = scores.models
    references = scores.references
    scored_weeks = scores.scored_weeks
    contributions = scores.contributions
    metric_sums = scores.metric_sums
    company_scores = scores.company_scores
    scores = scores.scores  # last, since it hides the room
