"""Imports every module of the packages named on the command line; `nox -s alone` runs it beside each wheel."""

import importlib
import pkgutil
import sys


def import_all(name: str) -> int:
    package = importlib.import_module(name)
    modules = [module.name for module in pkgutil.walk_packages(package.__path__, f"{name}.")]
    for module in modules:
        if not module.endswith("__main__"):
            importlib.import_module(module)
    return 1 + len(modules)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {import_all(argument)} modules import")
