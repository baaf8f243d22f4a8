"""The settings of a check: severities and limits by rule, and the allowed age of the certified-through date."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from oseberg.maze_authority._delivery.county import facts
from oseberg.maze_authority._registry import Severity, find
from oseberg.maze_authority.errors import CountyError, RuleError


class Setting(BaseModel):
    """The limits of one rule; within them the rule passes, and its findings are still listed.

    Attributes:
        severity: Instead of the rule's own.
        max_count: Findings that are tolerated.
        max_rate: Findings that are tolerated, as a share (0-1) of the records.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Severity | None = None
    max_count: int = Field(default=0, ge=0)
    max_rate: float = Field(default=0.0, ge=0, le=1)

    def tolerates(self, count: int, records: int) -> bool:
        """Whether a number of findings is within the limits (the larger limit counts).

        Args:
            count: The findings that are not waived.
            records: How many records were checked.

        Returns:
            True if the rule passes.
        """
        return count <= max(self.max_count, self.max_rate * records)


class Limits(BaseModel):
    """The limits for a county's records.

    Attributes:
        lag_days: Days that the certified-through date may stay behind (MA306).
        rules: Severities and tolerated findings by rule id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lag_days: int = Field(default=30, ge=0)
    rules: dict[str, Setting] = Field(default_factory=dict)

    @field_validator("rules")
    @classmethod
    def known_rules(cls, rules: dict[str, Setting]) -> dict[str, Setting]:
        """Reject a rule that does not exist; an id may be written in any case.

        Returns:
            The settings by rule id in capitals.
        """
        try:
            return {find(name).id: setting for name, setting in rules.items()}
        except RuleError as error:
            raise ValueError(str(error)) from None


class CheckSettings(Limits):
    """The settings of a check as a file states them, such as `[county.check]` of the command's oseberg.toml.

    Attributes:
        lag_days: Days that the certified-through date may stay behind (MA306).
        rules: Severities and tolerated findings by rule id.
        counties: By FIPS code what differs for one county's records.

    Examples:
        >>> settings = CheckSettings.model_validate(
        ...     {"rules": {"MA302": {"max_rate": 0.01}}, "counties": {"48227": {"rules": {"MA403": {"max_count": 3}}}}})
        >>> sorted(settings.of("48227").rules), sorted(settings.of("48003").rules)
        (['MA302', 'MA403'], ['MA302'])
    """

    counties: dict[str, Limits] = Field(default_factory=dict)

    @field_validator("counties")
    @classmethod
    def known_counties(cls, counties: dict[str, Limits]) -> dict[str, Limits]:
        """Reject keys that are not FIPS codes.

        Returns:
            The limits by code.
        """
        try:
            return {facts(fips).fips: limits for fips, limits in counties.items()}
        except CountyError as error:
            raise ValueError(str(error)) from None

    def of(self, county_fips: str | None) -> Limits:
        """Return the limits for one county's records: what is stated for it overrides what is stated for all.

        Args:
            county_fips: The county, or None for several.

        Returns:
            The limits.
        """
        # Only what a county states for itself overrides: a default is not a statement.
        own = self.counties.get(county_fips or "", Limits())
        lag_days = own.lag_days if "lag_days" in own.model_fields_set else self.lag_days
        return Limits(lag_days=lag_days, rules={**self.rules, **own.rules})
