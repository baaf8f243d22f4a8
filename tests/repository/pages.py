"""Write every generated page anew: `nox -s pages`. A test of each compares it with the code."""

from oseberg.health_model import HealthModel, metrics_markdown
from oseberg.maze_authority import rules_page
from tests.repository import architecture, settings_template
from tests.repository.helpers import ROOT


def main() -> None:
    """Write the plan and drawing of the packages, the rules, the metrics and the template of the settings file."""
    architecture.main()
    (ROOT / "docs" / "rules.md").write_text(rules_page(), encoding="utf-8")
    metrics = ROOT / "packages" / "health-model" / "METRICS.md"
    metrics.write_text(metrics_markdown(HealthModel.load()), encoding="utf-8")
    settings_template.TEMPLATE.write_text(settings_template.template(), encoding="utf-8")


if __name__ == "__main__":
    main()
